"""Checking in: the check-in is stored, answered with topics and with people worth meeting who are here now."""
