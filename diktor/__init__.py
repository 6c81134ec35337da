"""Diktor hears rhotacism, fricative г and stuttering in call-centre audio."""

__version__ = "0.1.0"
