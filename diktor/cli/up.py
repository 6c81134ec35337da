"""`diktor up`, `diktor down`: the one-machine stack."""

import signal
import time
from types import FrameType

import click
from rich.console import Console

from deploy.embedded.home import DOCUMENT, MOST_SCORERS
from deploy.embedded.stack import Stack
from diktor.settings import Settings


@click.command()
@click.option("--detach", is_flag=True, help="Return when everything serves; the stack stays up until diktor down.")
@click.option("--scorers", type=click.IntRange(1, MOST_SCORERS), default=1, show_default=True)
@click.option("--with-airflow", is_flag=True, help="Airflow too: the pipeline that rebuilds the model.")
def up(detach: bool, scorers: int, with_airflow: bool) -> None:
    """Start the stack and wait until it serves. Without --detach it stays until Ctrl-C."""
    console = Console()
    as_interrupt()
    stack = Stack(Settings.load().home, scorers, with_airflow=with_airflow)
    started = time.monotonic()
    with console.status("starting the parts"):
        stack.up(lambda line: console.print(f"  {line}"))
    console.print(f"the stack is up after {time.monotonic() - started:.0f} s; its data and logs: {stack.home.path}")
    for name, value in stack.home.settings().items():
        if "TOKEN" not in name and "SECRET" not in name:
            console.print(f"  {name}={value}", highlight=False)
    if not detach:
        stay(stack, console)


@click.command()
def down() -> None:
    """End every process of the stack."""
    home = Settings.load().home
    if (home / DOCUMENT).exists():
        Stack.existing(home).down()
    click.echo(f"the stack of {home} is down")


def as_interrupt() -> None:
    """Ctrl-C, SIGTERM and a closed terminal end the stack, wherever they find us.

    asyncio's own handler of Ctrl-C cancels a task and loses the wish when the task ends all the same.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def stay(stack: Stack, console: Console) -> None:
    """Until Ctrl-C; then everything is ended."""
    console.print("Ctrl-C ends it")
    try:
        while stack.supervisor.running():
            time.sleep(1)
        console.print("the stack was ended from elsewhere")
    except KeyboardInterrupt:
        console.print("ending the parts")
    finally:
        stack.down()
