"""`diktor learn prepare`: marker letters per word and window, and how far the counts can be trusted."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from diktor.cli.json_line import json_option, last_line
from diktor.cli.learn_defects import defects_option, taxonomy
from diktor.cli.tables import wide_console

if TYPE_CHECKING:
    from diktor.learning.transcription.report import Report, Score


@click.command()
@click.option("--transcripts", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Counts and report.")
@click.option(
    "--audio",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="What was transcribed: a corpus, or a folder with a transcripts.csv, to compare with.",
)
@click.option("--min-confidence", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@defects_option
@json_option
def prepare(
    transcripts: Path, out: Path, audio: Path | None, min_confidence: float, defects: Path | None, as_json: bool
) -> None:
    """Count marker letters. Words below --min-confidence are left out and make their windows uncertain.

    A transcripts.csv has the columns file and text, and perhaps channel (0, 1), and voice, codec or any other to tell
    figures apart by.
    """
    from diktor.audio.grid import Grid
    from diktor.learning.corpus.clips import taxonomy_of
    from diktor.learning.transcription.prepare import Recipe
    from diktor.learning.transcription.prepare import prepare as make
    from diktor.learning.transcription.recordings import is_corpus

    known = taxonomy_of(audio) if audio and is_corpus(audio) else taxonomy(defects)
    made = make(Recipe(transcripts, audio, Grid(), min_confidence, known), out)
    console = wide_console()
    if made.report:
        for table in tables(made.report):
            console.print(table)
    console.print(
        f"{made.channels} channels, {made.words} words ({made.kept} counted), {made.windows} windows "
        f"({made.uncertain} uncertain): {out}",
        highlight=False,
        soft_wrap=True,
    )
    fields = ("channels", "words", "kept", "windows", "uncertain")
    last_line(as_json, {"counts": str(out), **{name: getattr(made, name) for name in fields}})


def tables(report: "Report") -> list[Table]:
    """The report for a terminal: scores, what a confidence keeps, windows where their sounds are known."""
    letters = tuple(report.total.exact)
    scores = _table("", "channels", "words", "WER", "kept", *_each(letters, "exact"), *_each(letters, "right"))
    scores.add_row("all", *_cells(report.total))
    for key, values in report.by.items():
        for value, score in values.items():
            scores.add_row(f"{key} {value}", *_cells(score))
    least = _table("confidence", "words kept", "of these right")
    for item in report.least:
        least.add_row(f"{item.confidence:g}", _percent(item.kept), _percent(item.right))
    windows = _table("windows", "", *_each(letters, "exact"))
    for name, found in report.windows.items():
        windows.add_row(name, str(found.windows), *map(_percent, found.exact.values()))
    return [scores, least, *([windows] if report.windows else [])]


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table


def _cells(score: "Score") -> list[str]:
    shares = (score.wer, score.kept, *score.exact.values(), *score.right.values())
    return [str(score.channels), str(score.reference), *map(_percent, shares)]


def _each(letters: Iterable[str], heading: str) -> list[str]:
    return [f"{letter} {heading}" for letter in letters]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
