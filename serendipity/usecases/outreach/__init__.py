"""Messages to members: retrying those that failed."""
