"""Events and places: announcing, attendance, cancelling."""
