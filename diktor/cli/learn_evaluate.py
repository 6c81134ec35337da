"""`diktor learn evaluate`: what the trained ensemble can and cannot hear, on voices and sentences it never saw.

With --audio and --labels: what a release can and cannot hear in anybody's recordings.
"""

import os
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from diktor.cli.json_line import say
from diktor.cli.learn_progress import progress
from diktor.cli.learn_tracking import tracked, tracking_option
from diktor.settings import Tracking


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Of the run.")
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), help="A trained run.")
@click.option("--audio", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Recordings instead.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV: file, class (number or name), and perhaps channel (0, 1) and speaker.",
)
@click.option("--release", "number", type=click.IntRange(1), default=1, show_default=True, help="For recordings.")
@click.option(
    "--repository",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("triton_models"),
    show_default=True,
    help="For recordings: where the release is.",
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="For recordings.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="For recordings: the figures as JSON.")
@tracking_option
def evaluate(
    corpus: Path | None,
    folder: Path | None,
    audio: Path | None,
    labels: Path | None,
    number: int,
    repository: Path,
    jobs: int,
    out: Path | None,
    tracking: Tracking,
) -> None:
    """Calibrate on the development calls and measure; the figures go to standard output as JSON.

    With --audio and --labels a release is measured on those recordings, as in service. Recordings that cannot be heard
    are named and left out, and the exit code is 1.
    """
    if audio and labels and not (corpus or folder):
        sys.exit(_recordings(audio, labels, repository, number, jobs, out))
    if audio or labels or not (corpus and folder):
        raise click.UsageError("either --corpus and --run, or --audio and --labels")
    _run(corpus, folder, tracking)


def _run(corpus: Path, folder: Path, tracking: Tracking) -> None:
    from diktor.learning import assess
    from diktor.learning.members import members_of
    from diktor.learning.run import Run

    run = Run(folder, corpus)
    with tracked(tracking, run, "evaluate") as record, progress(Console(stderr=True)) as advance:
        found = assess.evaluate(run, members_of(run), lambda name, done, total: advance(name, done, total, ""))
        record.figures(found.metrics)
        record.artefact(run.evaluation)
    say(found.metrics)


def _recordings(audio: Path, labels: Path, repository: Path, number: int, jobs: int, out: Path | None) -> int:
    from diktor.cli.recorded_tables import show, tell_left_out
    from diktor.learning.recorded.figures import measured
    from diktor.learning.recorded.labels import jobs_of, read
    from diktor.learning.recorded.listen import listen
    from diktor.releases import load_release

    taxonomy = load_release(repository, number).taxonomy
    wanted = read(labels, taxonomy)
    with progress(Console(stderr=True)) as advance:
        outcomes = listen(
            jobs_of(audio, wanted), repository, number, jobs, lambda done, of: advance("recordings", done, of, "")
        )
    tell_left_out(tuple(outcome.problem for outcome in outcomes if outcome.problem))
    found = measured(wanted, outcomes, number, taxonomy)
    if found is None:
        return 1
    show(found)
    if out:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    return 1 if found.left_out else 0
