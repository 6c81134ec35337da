"""`diktor check`: the verdict of one recording, from the API."""

from pathlib import Path

import click
import msgspec
from rich.table import Table

from diktor.cli.json_line import json_option, say
from diktor.cli.tables import title_of, wide_console
from diktor.client import Client
from diktor.client.kept import kept
from diktor.settings import Settings
from diktor.wire.checks import Checked, DefectFound


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--release", type=click.IntRange(1), help="By which release. [default: the active one]")
@json_option
def check(file: Path, release: int | None, as_json: bool) -> None:
    """Check FILE while one waits: nothing of it is kept. Log in first: diktor login."""
    settings = Settings.load()
    with Client(settings.api, kept(settings)) as client:
        found = client.checks.create(file, release)
    if as_json:
        return say(msgspec.to_builtins(found))
    wide_console().print(_table(found))
    return None


def _table(found: Checked) -> Table:
    table = Table(title=f"release {found.release}")
    for heading in ("channel", "speech, s", "defect", "verdict", "risk", "markers", "where, s"):
        table.add_column(heading)
    for channel in found.channels:
        for defect in channel.defects:
            risk = "–" if defect.risk is None else f"{defect.risk:.0f}"
            cells = (title_of(defect.defect), defect.verdict, risk, f"{defect.markers:.0f}", _where(defect))
            table.add_row(channel.channel, f"{channel.speech_s:.1f}", *cells)
    return table


def _where(defect: DefectFound) -> str:
    return ", ".join(f"{span.start_s:.1f}–{span.end_s:.1f}" for span in defect.evidence)
