"""`diktor login`: who the commands are that ask the API."""

import click

from diktor.client import Client
from diktor.client.kept import beginning
from diktor.settings import Settings


@click.command()
@click.argument("name")
@click.password_option(confirmation_prompt=False, help="Better left out: it is asked for.")
def login(name: str, password: str) -> None:
    """Log in to the API as NAME; other commands go on as this user until the session ends."""
    settings = Settings.load()
    with Client(settings.api, beginning(settings)) as client:
        client.log_in(name, password)
        user = client.accounts.get_me()
    click.echo(f"logged in as {user.login}, {user.role.value}")
