"""`diktor admin`: the first administrator, and the API's tables."""

import asyncio
import os
import sys

import click

from diktor.errors import DiktorError
from diktor.settings import Settings
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from services.api.calls.ledger import erase_again
from services.api.sql import Database

PASSWORD = "DIKTOR_ADMIN_PASSWORD"
"""In the environment: the password of the administrator to make."""


@click.group()
def admin() -> None:
    """Administrators and the API's tables, where the database is at hand."""


@admin.command()
@click.argument("login")
@click.option("--name", default="", help="For people.")
@click.option(
    "--password-stdin", is_flag=True, help=f"The password is the first line of stdin; else {PASSWORD} has it."
)
def create(login: str, name: str, password_stdin: bool) -> None:
    """Make an administrator. On a terminal the password is asked for; left empty, one is generated and shown once."""
    new = NewUser(login=login, name=name, role=Role.admin, password=_password(password_stdin) or None)
    password = asyncio.run(make_user(Settings.load(), new))
    click.echo(f"{login} may log in as an administrator")
    if password is not None:
        click.echo(f"the password, shown this once: {password}")


@admin.command()
def migrate() -> None:
    """Make the API's tables, or bring them up to date; the API does so itself when it starts."""
    settings = Settings.load()

    async def run() -> None:
        database = Database(settings)
        try:
            await database.migrate()
        finally:
            await database.close()

    asyncio.run(run())
    click.echo("the API's tables are up to date")


@admin.command("erase-again")
def again() -> None:
    """Apply the ledger of erasures again, after a backup was put back; the API does so itself when it starts."""
    count = erase_again(Settings.load())
    click.echo(f"{count} calls had come back and were erased again")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        given = sys.stdin.readline().rstrip("\n")
        if not given:
            raise DiktorError("stdin holds no password", "Write it there as one line")
        return given
    if given := os.environ.get(PASSWORD, ""):
        return given
    if not sys.stdin.isatty():
        return ""
    return str(click.prompt("password (empty: one is generated)", default="", hide_input=True, show_default=False))
