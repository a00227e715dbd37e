"""What runs by itself: consumers of streams, and ticks of the clock."""
