"""Real parts for tests, each started on a free port and ended by its own process group."""
