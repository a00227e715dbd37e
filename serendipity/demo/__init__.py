"""The example community: invented people in an invented town, and what they say for ninety days."""
