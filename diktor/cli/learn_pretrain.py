"""`diktor learn pretrain`: the members start from Whisper and learn to count marker letters."""

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

MINUTES = 4.0


def seeds_of(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...]:
    """Whole numbers from `11,23`."""
    try:
        return tuple(int(part) for part in value.split(",")) if value else ()
    except ValueError as error:
        raise click.BadParameter(f"{value!r} are no whole numbers with commas between", ctx, param) from error


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Its results.")
@length_options(MINUTES)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the front-end's calibration, or of scratch.")
@click.option(
    "--start",
    "source",
    default="whisper-start",
    show_default=True,
    help="whisper-start (base, installed), scratch, a folder or OWNER/NAME with a Whisper or wav2vec2, or a run.",
)
@click.option(
    "--counts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="What diktor learn prepare counted in recordings without labels, to learn from them too.",
)
@click.option(
    "--audio",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Those recordings, if they are not beside the counts.",
)
@click.option(
    "--members",
    "members_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The ensemble's members, a TOML file.  [default: those of the shipped release]",
)
@click.option("--seeds", callback=seeds_of, help="Of the members, as 11,23: one for each, in their order.")
@compute_options
@tracking_option
@json_option
def pretrain(
    corpus: Path,
    folder: Path,
    budget: float | None,
    epochs: int | None,
    seed: int,
    source: str,
    counts: Path | None,
    audio: Path | None,
    members_file: Path | None,
    seeds: tuple[int, ...],
    tracking: Tracking,
    as_json: bool,
    **compute: Any,
) -> None:
    """Stage 1: front-end in closed form, kept states, marker letters counted. Goes on where it stopped."""
    from diktor.learning import stages
    from diktor.learning.compute import Compute
    from diktor.learning.members import choose
    from diktor.learning.run import Run

    length = length_of(budget, epochs, MINUTES)
    run, console, began = Run(folder, corpus), Console(), time.monotonic()
    members = choose(run, members_file, seeds)
    unlabelled = stages.Unlabelled(counts, audio or counts) if counts else None
    with (
        tracked(tracking, run, "pretrain", seed=seed, start=source, **named(length), **compute) as record,
        progress(console) as advance,
    ):
        stages.start(run, members, seed, source)
        kept = stages.keep_states(run, members, lambda done, total: advance("states", done, total, ""), unlabelled)
        steps = stages.train(
            run,
            members,
            "stage1",
            length,
            kept,
            both(advance, record),
            Compute(**compute),
            unlabelled,
        )
    last_line(as_json, {"run": str(folder), "steps": steps, "seconds": round(time.monotonic() - began, 1)})
