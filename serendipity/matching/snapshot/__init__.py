"""The snapshot: the graph as sparse matrices, its files, and its refresh from changes."""
