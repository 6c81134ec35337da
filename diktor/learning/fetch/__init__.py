"""Training data from wherever it lies: found, fetched piece by piece, unpacked with suspicion."""
