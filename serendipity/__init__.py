"""Serendipity: a living graph of people and topics that introduces members who should meet and would not have."""

__version__ = "0.1.0"
