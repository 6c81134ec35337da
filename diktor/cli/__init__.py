"""`diktor …`: a file per command, loaded when it is called."""

import importlib
import sys

import click

from diktor.errors import DiktorError

COMMANDS = {
    "up": "diktor.cli.up:up",
    "down": "diktor.cli.up:down",
    "status": "diktor.cli.status:status",
    "top": "diktor.cli.top:top",
    "submit": "diktor.cli.submit:submit",
    "pipeline": "diktor.cli.pipeline:pipeline",
    "results": "diktor.cli.results:results",
    "login": "diktor.cli.login:login",
    "check": "diktor.cli.check:check",
    "dead-letters": "diktor.cli.dead_letters:dead_letters",
    "plan": "diktor.cli.plan:plan",
    "demo": "diktor.cli.demo:demo",
    "learn": "diktor.cli.learn:learn",
    "data": "diktor.cli.data:data",
    "labels": "diktor.cli.labels:labels",
    "release": "diktor.cli.release:release",
    "admin": "diktor.cli.admin:admin",
}


class Lazy(click.Group):
    """A group whose commands are imported by name: `diktor submit` loads no torch."""

    def __init__(self, commands: dict[str, str], **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]
        self._places = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the table's order."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called so."""
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


diktor = Lazy(COMMANDS, name="diktor", help="Hears speech defects in call-centre audio.")


def main() -> None:
    """Run a command; an error of ours is one message and exit code 1."""
    try:
        diktor(prog_name="diktor")
    except DiktorError as error:
        click.echo(f"diktor: {error}", err=True)
        sys.exit(1)
