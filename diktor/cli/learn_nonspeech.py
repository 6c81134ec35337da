"""`diktor learn nonspeech`: lines on which nobody speaks become examples of speech without a defect."""

from pathlib import Path

import click
from rich.console import Console

from diktor.cli.json_line import json_option, last_line


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Recordings and list.")
@click.option("--minutes", type=click.FloatRange(min=0.1), default=15, show_default=True, help="At least so many.")
@click.option("--seed", type=int, default=1, show_default=True)
@json_option
def nonspeech(out: Path, minutes: float, seed: int, as_json: bool) -> None:
    """Make recordings of lines on which nobody speaks: noise, hum, tones, dialling, music on hold, typing, breath.

    A network that never heard them may hear a defect in them. OUT/list.parquet goes to diktor learn corpus --manifest,
    with --add for the corpus that they are to join.
    """
    from diktor.learning.nonspeech.listing import LIST, write

    recordings = write(out, minutes, seed)
    Console().print(f"{recordings} recordings in {out / LIST}")
    last_line(as_json, {"list": str(out / LIST), "recordings": recordings})
