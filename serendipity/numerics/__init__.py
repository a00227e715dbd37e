"""Pure numerical functions that several stages use."""
