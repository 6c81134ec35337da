"""The option --json of commands that others run: what came of it, as JSON on the last line of standard output."""

import click

from diktor.cli.json_line import say

json_option = click.option(
    "--json", "as_json", is_flag=True, help="What came of it as JSON, on the last line of standard output."
)


def last_line(wanted: bool, result: object) -> None:
    """Write it, if `--json` was given."""
    if wanted:
        say(result)
