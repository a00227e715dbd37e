"""Programs that look for inputs that break something; run by hand, what they find becomes a test."""
