"""`diktor learn codecs`: what each telephone codec costs a run's network."""

import os
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from diktor.cli.learn_progress import progress
from diktor.cli.tables import wide_console


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("assets/speech"),
    show_default=True,
    help="The corpus' source speech.",
)
@click.option("--utterances", type=click.IntRange(1), default=40, show_default=True, help="Of the test split, at most.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
def codecs(corpus: Path, folder: Path, source: Path, utterances: int, jobs: int) -> None:
    """Send the same test clips through every codec and compare; leaves RUN/codecs.json for the report."""
    from diktor.learning.members import members_of
    from diktor.learning.report import codecs as measured
    from diktor.learning.report.page import figure, signed
    from diktor.learning.run import Run

    run = Run(folder, corpus)
    members = [run.onnx(spec) for spec in members_of(run)]
    with progress(Console(stderr=True)) as advance:
        found = measured.codecs(
            corpus, source, members, utterances, jobs, lambda name, done, total: advance(name, done, total, "")
        )
    run.codecs.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    table = Table(title=f"{found.clips} clips, {found.minutes} minutes each", title_justify="left")
    for heading in ("codec", "defect", "window AUC", "lower by", "word AUC", "lower by"):
        table.add_column(heading)
    for row in found.rows:
        cells = figure(row.window_auc), signed(row.window_drop), figure(row.word_auc), signed(row.word_drop)
        table.add_row(row.codec, row.defect, *cells)
    wide_console().print(table)
