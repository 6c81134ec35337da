"""Releases: what there is, what serves, bringing another one up."""
