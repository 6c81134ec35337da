"""From measured constants to what a number of calls needs."""
