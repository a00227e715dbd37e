"""Access to the service: managers, sessions, kiosks and API keys."""
