"""Matching: a snapshot of the graph, candidates, scores, an assignment, and the reasons."""
