"""Put before the real Numba on the path, this makes it missing."""

raise ImportError("Numba is hidden, to test gdlib without it")
