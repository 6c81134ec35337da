"""`diktor learn train`: the members learn to hear the defects."""

import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from diktor.cli.json_line import json_option, last_line
from diktor.cli.learn_compute import compute_options
from diktor.cli.learn_length import length_of, length_options, named
from diktor.cli.learn_progress import progress
from diktor.cli.learn_tracking import both, tracked, tracking_option
from diktor.settings import Tracking

MINUTES = 14.0


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Its results.")
@length_options(MINUTES)
@compute_options
@tracking_option
@json_option
def train(
    corpus: Path,
    folder: Path,
    budget: float | None,
    epochs: int | None,
    tracking: Tracking,
    as_json: bool,
    **compute: Any,
) -> None:
    """Stage 2: defects, letters counted along. Goes on where it stopped."""
    from diktor.learning import stages
    from diktor.learning.compute import Compute
    from diktor.learning.members import members_of
    from diktor.learning.run import Run

    length = length_of(budget, epochs, MINUTES)
    run, console, began = Run(folder, corpus), Console(), time.monotonic()
    members = members_of(run)
    with tracked(tracking, run, "train", **named(length), **compute) as record, progress(console) as advance:
        kept = stages.keep_states(run, members, lambda done, total: advance("states", done, total, ""))
        steps = stages.train(
            run,
            members,
            "stage2",
            length,
            kept,
            both(advance, record),
            Compute(**compute),
        )
    last_line(as_json, {"run": str(folder), "steps": steps, "seconds": round(time.monotonic() - began, 1)})
