"""The one-machine stack: real parts, each a process on loopback under supervisord."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: parts run from here."""
