"""The pure core: models, signals, decay and errors. No I/O; `now` and `rng` are passed in."""
