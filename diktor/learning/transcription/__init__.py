"""From recordings without labels to counts of marker letters: what stage 1 can learn from any organisation's calls."""
