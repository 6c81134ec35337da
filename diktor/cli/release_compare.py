"""`diktor release compare`: two releases on the windows that both scored."""

import asyncio

import click
import msgspec
from rich.table import Table

from diktor.cli.json_line import json_option, say
from diktor.cli.tables import title_of, wide_console
from diktor.releases.comparison import compared
from diktor.settings import Settings


@click.command()
@click.argument("first", type=click.IntRange(1))
@click.argument("second", type=click.IntRange(1))
@click.option("--windows", default=100_000, show_default=True, type=click.IntRange(1), help="The newest so many.")
@json_option
def compare(first: int, second: int, windows: int, as_json: bool) -> None:
    """Agreement, drift and latency of two releases. One must have been on trial beside the other."""
    settings = Settings.load()
    found = asyncio.run(compared(settings, first, second, windows))
    if as_json:
        return say(msgspec.to_builtins(found))
    console = wide_console()
    console.print(f"{found.windows} windows of {found.calls} calls were scored by both")
    if not found.windows:
        console.print(f"Put one on trial: diktor release deploy {second} --shadow --share 0.2")
    table = Table()
    for heading in (
        "defect",
        "agreement",
        f"mean {first}",
        f"mean {second}",
        "difference",
        "5 % · 50 % · 95 %",
        "KS",
        "PSI",
    ):
        table.add_column(heading)
    for row in found.drifts:
        spread = f"{row.low:+.3f} · {row.median:+.3f} · {row.high:+.3f}"
        cells = (
            f"{row.first:.3f}",
            f"{row.second:.3f}",
            f"{row.difference:+.3f}",
            spread,
            f"{row.ks:.3f}",
            f"{row.psi:.3f}",
        )
        table.add_row(title_of(row.defect), f"{row.agreement:.1%}", *cells)
    if found.drifts:
        console.print(table)
    for number, f1 in zip(found.releases, found.macro_f1, strict=True):
        console.print(
            f"release {number}: macro-F1 of its own test calls {'not measured' if f1 is None else f'{f1:.3f}'}"
        )
    for item in found.latency:
        console.print(f"release {item.release}: a window takes {item.p50_ms:.0f} ms (p95 {item.p95_ms:.0f} ms)")
    return None
