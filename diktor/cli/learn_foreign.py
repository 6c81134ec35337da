"""`diktor learn foreign`: recordings in other languages become examples of р and г to learn from."""

from pathlib import Path

import click
from rich.console import Console

from diktor.cli.json_line import json_option, last_line
from diktor.cli.languages import Language, Sets, heard
from diktor.cli.learn_progress import progress


@click.command()
@click.option(
    "--speech", type=Language(), multiple=True, required=True, help="LANGUAGE=FOLDER of one speaker, as fr=sounds/fr."
)
@click.option("--words", type=click.Path(path_type=Path, file_okay=False), required=True, help="Keeps transcripts.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Recordings and list.")
@click.option("--minutes", type=click.FloatRange(min=0.1), help="Of each speaker at most so many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the codecs.")
@click.option("--model", default="offline", show_default=True, help="The Whisper model that hears or finds the words.")
@json_option
def foreign(speech: Sets, words: Path, out: Path, minutes: float | None, seed: int, model: str, as_json: bool) -> None:
    """Make recordings in other languages examples for training.

    No labels are needed: a French r (fr) is uvular; a g in Belarusian, Ukrainian (be, uk) and mostly in Spanish (es) is
    a fricative, as is a Czech h (cs); Italian, Romanian, Bulgarian and Russian (it, ro, bg, ru) have neither. Give
    languages with and without: of one alone the voice is learned. Whisper hears the words, or finds those that a
    transcripts.csv in the folder tells (columns file and text). What was read is left in OUT as examples of letters,
    and a quarter of it twice more: with halts cut into it, and with stutters. OUT/list.parquet goes to diktor learn
    corpus --manifest, with --add for the corpus that they are to join.
    """
    from diktor.learning.foreign.listing import LIST, Speaker, write
    from diktor.learning.foreign.spelling import check
    from diktor.learning.transcription.whisper import recogniser

    for language, _ in speech:
        check(language)
    listener = recogniser(model, 2)
    with progress(Console(stderr=True)) as advance:
        speakers = [
            Speaker(folder.name, heard(language, folder, words, listener, advance, minutes))
            for language, folder in speech
        ]
    listed = write(speakers, out, seed)
    Console().print(
        f"{listed.recordings} recordings, {listed.minutes} minutes, with",
        ", ".join(f"{count} {letter}" for letter, count in listed.letters.items()),
        f"and {listed.stutters} stutters in {out / LIST}",
    )
    last_line(as_json, {"list": str(out / LIST), **listed._asdict()})
