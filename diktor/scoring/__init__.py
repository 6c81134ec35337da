"""From a window's samples to probabilities, and from a call's windows to a verdict."""
