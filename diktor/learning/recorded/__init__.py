"""A release on anybody's recordings: labelled ones, and healthy speech for false alarms."""
