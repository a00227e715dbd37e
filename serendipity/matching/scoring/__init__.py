"""Scoring: relevance times unexpectedness, exposure fairness, and re-ranking by the tie model."""
