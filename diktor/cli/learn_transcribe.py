"""`diktor learn transcribe`: what was said in recordings, word by word, with times."""

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from diktor.cli.json_line import json_option, last_line
from diktor.cli.learn_progress import progress


def part_of(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """Which part of how many, from `2/3`."""
    number, _, parts = value.partition("/")
    if not (number.isdigit() and parts.isdigit() and 1 <= int(number) <= int(parts)):
        raise click.BadParameter(f"{value!r} is no part: 1/3, 2/3, 3/3", ctx, param)
    return int(number), int(parts)


@click.command()
@click.option(
    "--audio",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="A folder of recordings, or a corpus.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The transcripts.")
@click.option(
    "--model", default="offline", show_default=True, help="offline (Whisper base), a folder, or a name of the hub."
)
@click.option("--language", default="ru", show_default=True, help="A code, or auto.")
@click.option("--threads", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="How many words are below it is told; all are kept.",
)
@click.option("--part", default="1/1", show_default=True, callback=part_of, help="As 2/3: the second third of them.")
@click.option("--drop", is_flag=True, help="Recordings that are refused are no failure.")
@json_option
def transcribe(
    audio: Path,
    out: Path,
    model: str,
    language: str,
    threads: int,
    min_confidence: float,
    part: tuple[int, int],
    drop: bool,
    as_json: bool,
) -> None:
    """A JSON document per recording in --out. What is done is kept: called again it goes on where it stopped.

    Exits 1 if a recording was refused. Several may work at once, each on a part: all write to the same --out.
    """
    from diktor.learning.transcription.recordings import recordings
    from diktor.learning.transcription.transcribe import transcribe as listen
    from diktor.learning.transcription.whisper import recogniser

    console = Console()
    number, parts = part
    found, whisper = recordings(audio)[number - 1 :: parts], recogniser(model, threads)
    with progress(console) as advance:
        told = listen(
            found, out, whisper, language, min_confidence, lambda done, of: advance("recordings", done, of, "")
        )
    for problem in told.refused:
        console.print(f"[red]refused[/red] {problem}", highlight=False, soft_wrap=True)
    console.print(
        f"{told.transcribed} transcribed ({told.audio_s / 60:.1f} minutes of audio in {told.wall_s / 60:.1f}), "
        f"{told.found} were there, {len(told.refused)} refused; "
        f"{told.words} words, {told.unsure} of them below {min_confidence:g}: {out}",
        highlight=False,
        soft_wrap=True,
    )
    last_line(as_json, told)
    sys.exit(1 if told.refused and not drop else 0)
