"""Explanation: the structured evidence for a match, computed only for the matches that are read."""
