"""What a command says to programs: one JSON object, on the last line of its output."""

import sys

import msgspec


def say(document: object) -> None:
    """Print it."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()
