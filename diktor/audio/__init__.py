"""From bytes to windows of samples."""
