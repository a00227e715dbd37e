"""What earlier releases left on disk, and how a release's is made: `python -m tests.releases.make`."""
