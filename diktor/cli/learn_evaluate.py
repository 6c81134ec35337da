"""`diktor learn evaluate`: what the trained ensemble can and cannot hear, on voices and sentences it never saw."""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from diktor.cli.learn_progress import progress
from diktor.cli.learn_tracking import tracked, tracking_option
from diktor.settings import Tracking


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@tracking_option
def evaluate(corpus: Path, folder: Path, tracking: Tracking) -> None:
    """Calibrate on the development calls and measure; the figures go to standard output as JSON."""
    from diktor.learning import assess
    from diktor.learning.model import MEMBERS
    from diktor.learning.run import Run

    run = Run(folder, corpus)
    with tracked(tracking, run, "evaluate") as record, progress(Console(stderr=True)) as advance:
        found = assess.evaluate(run, MEMBERS, lambda name, done, total: advance(name, done, total, ""))
        record.figures(found.metrics)
        record.artefact(run.evaluation)
    sys.stdout.write(msgspec.json.encode(found.metrics).decode() + "\n")
