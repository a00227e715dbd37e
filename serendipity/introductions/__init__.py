"""A match on its way to both members: the manager's queue, the private double opt-in, what came of it."""
