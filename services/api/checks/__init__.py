"""Single recordings, checked while the asker waits."""
