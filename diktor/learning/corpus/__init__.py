"""Labelled speech: healthy source speech with defects put in, sound by sound, so that the labels are exact."""
