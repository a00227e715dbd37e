"""Assignment: which pairs and groups are introduced in a run, and the control arm."""
