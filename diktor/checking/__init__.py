"""One recording, one verdict: what the stream does with calls, done at once for a file and kept nowhere."""
