"""Imports: tables and calendars of a community, and data sets for tests."""
