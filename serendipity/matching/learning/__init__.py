"""Learning: the outcome model, the tie model, their training and their evaluation."""
