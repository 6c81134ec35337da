"""`diktor dead-letters`: what could not be scored, why, and another try."""

import asyncio
import sys

import click
import msgspec
from rich.table import Table

from diktor.cli.tables import wide_console
from diktor.dead_letters import DeadLetter, chosen, read, replay
from diktor.settings import Settings


@click.group("dead-letters")
def dead_letters() -> None:
    """Events that could not be scored: list them, look at one, put it back."""


@dead_letters.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document a letter.")
def list_(as_json: bool) -> None:
    """Every dead letter with its cause."""
    letters = [letter for letter, _ in asyncio.run(read(Settings.load()))]
    if as_json:
        for letter in letters:
            sys.stdout.write(msgspec.json.encode(letter).decode() + "\n")
        return
    table = Table()
    for heading in ("id", "call", "type", "from", "bytes", "at", "cause"):
        table.add_column(heading)
    for letter in letters:
        origin = f"{letter.topic}/{letter.partition}@{letter.offset}"
        at = f"{letter.at:%Y-%m-%d %H:%M:%S}"
        table.add_row(letter.id, letter.call_id, letter.type, origin, str(letter.size), at, letter.cause)
    wide_console().print(table if letters else "No dead letters.")


@dead_letters.command()
@click.argument("letter_id")
def show(letter_id: str) -> None:
    """One dead letter as JSON, with its headers and the first bytes of its value."""
    letter, message = chosen(asyncio.run(read(Settings.load())), letter_id)
    document = {**msgspec.structs.asdict(letter), "value_start": message.value[:64].hex()}
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document)).decode() + "\n")


@dead_letters.command("replay")
@click.argument("letter_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter.")
def replay_(letter_ids: tuple[str, ...], everything: bool) -> None:
    """Publish dead letters on the audio topic again. What is still out of contract comes back as a new one."""
    if not letter_ids and not everything:
        raise click.UsageError("name dead letters (diktor dead-letters list), or say --all")
    asyncio.run(_replay(Settings.load(), None if everything else letter_ids))


async def _replay(settings: Settings, ids: tuple[str, ...] | None) -> None:
    letters = await read(settings)
    wanted = letters if ids is None else [chosen(letters, letter_id) for letter_id in ids]
    for letter, message in wanted:
        await replay(settings, message)
        click.echo(f"replayed {_named(letter)}")


def _named(letter: DeadLetter) -> str:
    return f"{letter.id} ({letter.type or 'no type'} of call {letter.call_id or '?'})"
