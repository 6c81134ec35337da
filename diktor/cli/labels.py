"""`diktor labels`: what people say of windows, for the next rebuild: said one by one, taken from a table, given out."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from diktor import labels as tables
from diktor.cli.learn_defects import taxonomy
from diktor.errors import DiktorError
from diktor.files import draft
from diktor.labels import VERDICTS, Listed, Wrong
from diktor.rows import LabelName, LabelRow
from diktor.settings import Settings
from diktor.stamp import NEVER
from diktor.store.labels import Labels


@click.group()
def labels() -> None:
    """What people say of windows: the labels of the next rebuild."""


@labels.command()
@click.option("--call", required=True, help="The call's id.")
@click.option("--channel", default="operator", show_default=True)
@click.option("--start-ms", type=click.IntRange(0), required=True, help="Where the window begins in its channel.")
@click.option("--defect", required=True, help="rhotacism, fricative_g, stuttering, or another of DIKTOR_DEFECTS.")
@click.option("--verdict", type=click.Choice(VERDICTS), required=True)
@click.option("--by", default="", help="Who says so.")
@click.option("--comment", default="")
def add(call: str, channel: str, start_ms: int, defect: str, verdict: LabelName, by: str, comment: str) -> None:
    """Say of a defect in a window that it is heard there (confirmed), is not (rejected), or that something else is."""
    row = LabelRow(call, channel, start_ms, defect, verdict, by, comment, NEVER)
    if wrong := tables.complaint(row):
        raise DiktorError(f"This label cannot be taken: {wrong}")
    if problems := asyncio.run(_put(Settings.load(), [Listed("this label", row)], drop=False)):
        raise DiktorError(
            f"This label cannot be taken: {problems[0].what}",
            "Where a call was heard to have a defect: diktor results CALL",
        )
    click.echo(f"{verdict}: {defect} at {start_ms} ms of {channel} in {call}")


@labels.command("import")
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--drop", is_flag=True, help="Leave out the lines that are wrong instead of storing nothing.")
def import_(table: Path, drop: bool) -> None:
    """Take labels from a CSV file: call, channel, start_ms, defect, verdict, and perhaps by, comment, at.

    Every line that is wrong is named. Then nothing is stored and the exit code is 1; --drop stores the others.
    """
    listed, problems = tables.read(table)
    problems += tables.contradictions(listed)
    bad = {item.where for item in problems}
    good = [item for item in listed if item.where not in bad]
    unknown = asyncio.run(_put(Settings.load(), good, drop, store=drop or not problems))
    wrong = [*problems, *unknown]
    for item in wrong:
        click.echo(f"{'left out' if drop else 'wrong'} {item}")
    if wrong and not drop:
        click.echo(f"{len(wrong)} lines are wrong, nothing is stored. --drop leaves them out.")
        sys.exit(1)
    click.echo(f"{len(good) - len(unknown)} labels stored")


@labels.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="…csv or …parquet; else CSV on the screen."
)
def export(out: Path | None) -> None:
    """Give out every label, as the table that import takes."""
    if out is not None and out.suffix.lower() not in (".csv", ".parquet"):
        raise click.UsageError(f"--out {out} ends neither in .csv nor in .parquet")
    rows = asyncio.run(_all(Settings.load()))
    if out is None:
        sys.stdout.write(tables.to_csv(rows))
        return
    with draft(out) as path:
        if out.suffix.lower() == ".csv":
            path.write_text(tables.to_csv(rows), "utf-8")
        else:
            tables.to_parquet(rows, path)
    click.echo(f"{len(rows)} labels in {out}")


async def _put(settings: Settings, listed: Sequence[Listed], drop: bool, store: bool = True) -> list[Wrong]:
    """Store labels of windows that exist, none if one does not unless `drop` says so; what is wrong with the others."""
    names = taxonomy(None).names
    connection = await Labels.open(settings)
    try:
        starts = await connection.windows({item.row.call_id for item in listed})
        told = [(item, tables.problem(item.row, starts, names)) for item in listed]
        problems = [Wrong(item.where, wrong) for item, wrong in told if wrong]
        if store and (drop or not problems):
            await connection.put([item.row for item, wrong in told if not wrong])
        return problems
    finally:
        await connection.close()


async def _all(settings: Settings) -> list[LabelRow]:
    connection = await Labels.open(settings)
    try:
        return await connection.all()
    finally:
        await connection.close()
