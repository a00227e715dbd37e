"""Learning: training models on the community's history, their versions, and back-tests."""
