"""Upkeep: backup and restore, the second step of an erasure, and the doctor who says what is wrong and what to do."""
