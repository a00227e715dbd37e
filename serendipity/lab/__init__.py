"""Several stages together, offline: what rounds come to over months, where the truth was planted."""
