"""Introductions: rules that keep members apart, and the figures of what introductions led to."""
