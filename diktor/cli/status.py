"""`diktor status`: how each part of the stack is."""

import json
import sys

import click
from rich.table import Table

from deploy.embedded.stack import Stack
from diktor.cli.tables import wide_console
from diktor.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Every part: running, since when, where, and whether it really serves. Exit code 1 if one does not."""
    found = Stack.existing(Settings.load().home).status()
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        table = Table()
        for heading in ("part", "state", "pid", "up, s", "ports", "serves"):
            table.add_column(heading)
        for part in found:
            ports = " ".join(f"{name}={port}" for name, port in part["ports"].items())
            serves = "yes" if not part["problem"] else f"[red]{part['problem']}[/red]"
            table.add_row(part["part"], part["state"], str(part["pid"]), str(part["uptime_s"]), ports, serves)
        wide_console().print(table)
    if any(part["problem"] or part["state"] != "RUNNING" for part in found):
        sys.exit(1)
