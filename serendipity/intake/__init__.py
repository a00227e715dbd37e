"""Intake: check-ins, members, events, attendance and signals are validated and appended; nothing is half-written."""
