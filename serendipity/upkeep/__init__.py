"""Upkeep: backup and restore, erasure, and the doctor."""
