"""What the notebooks show: recordings scored as in service, the worst mistakes of a release, pictures of sound."""
