"""Members: signing up, consents, preferences, their own topics, export and erasure of their data."""
