"""What a command says to programs: one JSON document, on the last line of its output."""

import sys

import click
import msgspec

json_option = click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document on the last line.")


def say(document: object) -> None:
    """Print it."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


def last_line(wanted: bool, result: object) -> None:
    """Print it, if `--json` was given."""
    if wanted:
        say(result)
