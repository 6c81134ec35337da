"""`diktor release compare`: two releases on the windows that both scored."""

import asyncio
import time

import click
import msgspec
import numpy as np
from rich.table import Table

from diktor.cli.json_line import json_option, say
from diktor.cli.release_tables import macro_f1
from diktor.cli.tables import title_of, wide_console
from diktor.errors import DiktorError
from diktor.releases import Release
from diktor.releases.compare import Drift, drifts
from diktor.releases.control import Control
from diktor.releases.golden import golden_of
from diktor.releases.repository import models_of
from diktor.releases.store import Releases
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.trials import Paired, paired

ASKED = 20
"""Golden windows whose time is taken."""


class Latency(msgspec.Struct, frozen=True):
    """One window alone through Triton, client included, in milliseconds."""

    release: int
    p50_ms: float
    p95_ms: float


class Comparison(msgspec.Struct, frozen=True):
    """`macro_f1` as each release says of itself; `latency` of those that are loaded now."""

    releases: tuple[int, int]
    windows: int
    calls: int
    macro_f1: tuple[float | None, float | None]
    drifts: tuple[Drift, ...]
    latency: tuple[Latency, ...]


@click.command()
@click.argument("first", type=click.IntRange(1))
@click.argument("second", type=click.IntRange(1))
@click.option("--windows", default=100_000, show_default=True, type=click.IntRange(1), help="The newest so many.")
@json_option
def compare(first: int, second: int, windows: int, as_json: bool) -> None:
    """Agreement, drift and latency of two releases. One must have been on trial beside the other."""
    settings = Settings.load()
    found = asyncio.run(_compared(settings, first, second, windows))
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


async def _compared(settings: Settings, first: int, second: int, limit: int) -> Comparison:
    store = Releases.of(settings)
    releases = store.get(first), store.get(second)
    both: Paired = await paired(settings, first, second, limit)
    return Comparison(
        (first, second),
        len(both.first),
        both.calls,
        (macro_f1(releases[0]), macro_f1(releases[1])),
        drifts(releases, both.first, both.second) if len(both.first) else (),
        await _latency(settings, store, releases),
    )


async def _latency(settings: Settings, store: Releases, releases: tuple[Release, ...]) -> tuple[Latency, ...]:
    """Taken in turns, so that whatever else the machine does strikes both."""
    try:
        async with Control(settings.triton) as control:
            loaded = [release for release in releases if await control.serves(models_of(release))]
        taken: dict[int, list[float]] = {release.number: [] for release in loaded}
        windows = {release.number: golden_of(store.folder(release.number), release).pcm for release in loaded}
        async with Triton(settings.triton, settings.triton_timeout_s) as triton:
            for turn in range(ASKED):
                for release in loaded:
                    pcm = windows[release.number]
                    started = time.perf_counter()
                    await triton.score(release, pcm[turn % len(pcm)])
                    taken[release.number].append(1000 * (time.perf_counter() - started))
    except DiktorError:
        return ()
    return tuple(
        Latency(number, *(round(float(np.quantile(found, q)), 1) for q in (0.5, 0.95)))
        for number, found in taken.items()
    )
