"""`diktor learn evaluate`: what the trained ensemble can and cannot hear, on voices and sentences it never saw."""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from diktor.cli.learn_progress import progress


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True)
def evaluate(corpus: Path, folder: Path) -> None:
    """Calibrate on the development calls and measure; the figures go to standard output as JSON."""
    from diktor.learning import assess
    from diktor.learning.model import MEMBERS
    from diktor.learning.run import Run

    with progress(Console(stderr=True)) as advance:
        found = assess.evaluate(Run(folder, corpus), MEMBERS, lambda name, done, total: advance(name, done, total, ""))
    sys.stdout.write(msgspec.json.encode(found.metrics).decode() + "\n")
