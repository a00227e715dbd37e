"""Real servers for the tests: each started at most once a session, shared by all workers, stopped at its end."""
