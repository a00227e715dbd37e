"""Compiled inner loops (numba), and the buffers, caches and threads that they share."""
