"""`diktor results`: what the stored calls say."""

import asyncio

import click

from diktor.cli.json_line import say
from diktor.cli.tables import call_table, calls_table, wide_console
from diktor.errors import DiktorError
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.client import Store


@click.command()
@click.argument("call", required=False)
@click.option("--last", type=click.IntRange(1, 10_000), default=20, show_default=True, help="So many newest calls.")
@click.option("--channel", default="operator", show_default=True, help="Whose verdict the list shows.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document a call.")
def results(call: str | None, last: int, channel: str, as_json: bool) -> None:
    """The verdict of CALL with all its evidence, or a list of the newest calls."""
    rows = asyncio.run(_rows(Settings.load(), call, last))
    if as_json:
        for row in rows:
            say(row)
        return
    console = wide_console()
    if not rows:
        console.print("No calls yet. Send some: diktor submit FOLDER")
    elif call:
        console.print(call_table(rows[0]))
    else:
        console.print(calls_table(rows, channel))


async def _rows(settings: Settings, call: str | None, last: int) -> list[CallRow]:
    store = await Store.open(settings)
    try:
        if call is None:
            return await store.recent_calls(last)
        row = await store.call(call)
        if row is None:
            raise DiktorError(f"there is no call {call!r}", "List the newest: diktor results --last 20")
        return [row]
    finally:
        await store.close()
