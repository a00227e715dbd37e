"""Who should meet: a snapshot of the graph, candidates, scores, a round, and the reasons."""
