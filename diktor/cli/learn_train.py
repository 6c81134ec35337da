"""`diktor learn train`: the members learn to hear the defects."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from diktor.cli.learn_compute import compute_options
from diktor.cli.learn_progress import progress
from diktor.cli.learn_tracking import both, tracked, tracking_option
from diktor.settings import Tracking


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Its results.")
@click.option("--budget", type=click.FloatRange(0.0), default=20.0, show_default=True, help="Minutes on two cores.")
@compute_options
@tracking_option
def train(corpus: Path, folder: Path, budget: float, tracking: Tracking, **compute: Any) -> None:
    """Stage 2: defects, letters counted along. Goes on where it stopped."""
    from diktor.learning import stages
    from diktor.learning.compute import Compute
    from diktor.learning.model import MEMBERS
    from diktor.learning.run import Run

    run, console = Run(folder, corpus), Console()
    with tracked(tracking, run, "train", budget=budget, **compute) as record, progress(console) as advance:
        kept = stages.keep_states(run, MEMBERS, lambda done, total: advance("states", done, total, ""))
        stages.train(
            run,
            MEMBERS,
            "stage2",
            budget,
            kept,
            both(advance, record),
            Compute(**compute),
        )
