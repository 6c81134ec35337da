"""`diktor learn pretrain`: the members start from Whisper and learn to count marker letters."""

from pathlib import Path

import click
from rich.console import Console

from diktor.cli.learn_progress import progress
from diktor.cli.learn_tracking import both, tracked, tracking_option
from diktor.settings import Tracking


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Its results.")
@click.option("--budget", type=click.FloatRange(0.0), default=3.0, show_default=True, help="Minutes on two cores.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the front-end's calibration.")
@tracking_option
def pretrain(corpus: Path, folder: Path, budget: float, seed: int, tracking: Tracking) -> None:
    """Stage 1: front-end in closed form, kept states, marker letters counted. Goes on where it stopped."""
    from diktor.learning import stages
    from diktor.learning.model import MEMBERS
    from diktor.learning.run import Run

    run, console = Run(folder, corpus), Console()
    with (
        tracked(tracking, run, "pretrain", budget=budget, seed=seed) as record,
        progress(console) as advance,
    ):
        stages.start(run, MEMBERS, seed)
        states = stages.keep_states(run, MEMBERS, lambda done, total: advance("states", done, total, ""))
        stages.train(
            run,
            MEMBERS,
            "stage1",
            budget,
            states,
            both(advance, record),
        )
