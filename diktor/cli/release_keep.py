"""`diktor release list | show | add | remove`: the release store."""

import asyncio
from pathlib import Path

import click
import msgspec
from rich.table import Table

from diktor.cli.json_line import json_option, say
from diktor.cli.release_tables import answer, described, summary
from diktor.cli.tables import wide_console
from diktor.errors import ReleaseError
from diktor.releases.lock import changing
from diktor.releases.packing import add as pack
from diktor.releases.pointer import Pointer
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.store.client import Store


@click.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every release and what it does now."""
    store = Releases.of(Settings.load())
    pointer, kept = store.pointer(), [store.get(number) for number in store.numbers()]
    if as_json:
        return say({"releases": [summary(item, pointer) for item in kept]})
    table = Table()
    for heading in ("release", "name", "state", "made", "code", "data", "members", "window, s", "macro-F1"):
        table.add_column(heading)
    for item in kept:
        row = summary(item, pointer)
        f1 = "–" if row["macro_f1"] is None else f"{row['macro_f1']:.3f}"
        window = f"{item.length_ms / 1000:g} / {item.hop_ms / 1000:g}"
        made, code, data = item.created_at[:16], item.code_revision[:8], item.corpus_digest[:8]
        table.add_row(str(item.number), item.name, row["state"], made, code, data, str(len(item.members)), window, f1)
    wide_console().print(table if kept else "No releases: diktor release add FOLDER")
    return None


@click.command()
@click.argument("which")
@json_option
def show(which: str, as_json: bool) -> None:
    """One release by number (or `active`): its document, and whether its files are whole."""
    store = Releases.of(Settings.load())
    pointer = store.pointer()
    number = number_of(which, pointer)
    item, folder = store.get(number), store.folder(number)
    document = {**summary(item, pointer), "folder": str(folder), "document": msgspec.to_builtins(item)}
    if as_json:
        say(document)
    else:
        click.echo(msgspec.json.format(msgspec.json.encode(document)).decode())


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--release", "number", type=click.IntRange(1), help="Which of the folder's releases. [default: the newest]"
)
@json_option
def add(folder: Path, number: int | None, as_json: bool) -> None:
    """Take an exported release (diktor learn export) into the store; it gets the next number. Twice is once."""
    from deploy.embedded.triton import seed

    settings = Settings.load()
    seed(settings)
    store = Releases.of(settings)
    item = pack(store, folder, number)
    answer({**summary(item, store.pointer()), "url": store.url}, as_json, f"release {item.number} is in {store.url}")


@click.command()
@click.argument("number", type=click.IntRange(1))
@json_option
def remove(number: int, as_json: bool) -> None:
    """Delete a release for good. Refused while anything needs it; its number is never used again."""
    asyncio.run(_remove(Settings.load(), number))
    answer({"release": number}, as_json, f"release {number} is deleted")


def number_of(which: str, pointer: Pointer) -> int:
    """The release that a person named by number, or as `active`.

    Raises:
        ReleaseError: none is active.
    """
    if which != "active" and not which.isdigit():
        raise click.UsageError(f"{which!r} is neither a number nor `active`")
    number = pointer.active if which == "active" else int(which)
    if not number:
        raise ReleaseError("no release is active", "Start the stack, or deploy one")
    return number


async def _remove(settings: Settings, number: int) -> None:
    store = Releases.of(settings)
    calls = await Store.open(settings)
    try:
        pinned = await calls.pinned_releases()
    finally:
        await calls.close()
    with changing(settings):
        store.get(number)
        pointer = store.pointer()
        if number in pointer.wanted:
            raise ReleaseError(
                f"release {number} is {described(number, pointer)}", "Activate another, or unload it first"
            )
        if number in pinned:
            raise ReleaseError(f"open calls are scored by release {number}", "Wait until they have ended")
        store.point(pointer.forgetting(number))
        store.remove(number)
