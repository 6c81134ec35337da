"""`diktor learn false-alarms`: what a release hears in healthy speech."""

import os
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from diktor.cli.learn_progress import progress


@click.command("false-alarms")
@click.option(
    "--audio",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Recordings of speech without the defects; every channel of each is heard.",
)
@click.option("--release", "number", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--repository",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("triton_models"),
    show_default=True,
    help="Where the release is.",
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The figures as JSON.")
def false_alarms(audio: Path, number: int, repository: Path, jobs: int, out: Path | None) -> None:
    """Spans of evidence per hour of speech, and calls judged likely: all of them are false.

    Recordings that cannot be heard are named and left out, and the exit code is 1.
    """
    from diktor.cli.recorded_tables import show_alarms, tell_left_out
    from diktor.learning.recorded.healthy import every, measured
    from diktor.learning.recorded.listen import listen
    from diktor.releases import load_release

    with progress(Console(stderr=True)) as advance:
        outcomes = listen(every(audio), repository, number, jobs, lambda done, of: advance("recordings", done, of, ""))
    tell_left_out(tuple(outcome.problem for outcome in outcomes if outcome.problem))
    found = measured(outcomes, number, load_release(repository, number).taxonomy)
    if found is None:
        sys.exit(1)
    show_alarms(found)
    if out:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    sys.exit(1 if found.left_out else 0)
