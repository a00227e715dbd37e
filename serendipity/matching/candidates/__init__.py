"""Candidate generation: several sources of unscored pairs, fused into one list per member."""
