"""Statistics of scored calls, of what whoever asks may see."""
