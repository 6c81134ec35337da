"""Training: exercises are given, attempts are taken in and judged in the background, progress is shown."""
