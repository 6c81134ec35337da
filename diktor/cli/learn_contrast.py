"""`diktor learn contrast`: does a release hear a uvular r or a fricative g in real speech, and not who speaks?"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.table import Table

from diktor.cli.json_line import say
from diktor.cli.languages import Language, Sets, heard
from diktor.cli.learn_progress import progress

if TYPE_CHECKING:  # they bring torch, and a command that is only listed does without
    from diktor.defects import Taxonomy
    from diktor.learning.contrast.compare import Contrast
    from diktor.learning.ensemble import Ensemble
    from diktor.learning.run import Run


@click.command()
@click.option("--uvular", type=Language(), multiple=True, help="LANGUAGE=FOLDER with such an r, as fr=sounds/fr.")
@click.option("--alveolar", type=Language(), multiple=True, help="The same, as it=sounds/it.")
@click.option("--fricative", type=Language(), multiple=True, help="LANGUAGE=FOLDER with such a g, as es=sounds/es.")
@click.option("--stop", type=Language(), multiple=True, help="The same, as it=sounds/it.")
@click.option("--words", type=click.Path(path_type=Path, file_okay=False), required=True, help="Keeps transcripts.")
@click.option("--codec", "codecs", multiple=True, default=("none",), show_default=True, help="As often as wanted.")
@click.option("--repository", type=click.Path(path_type=Path, exists=True), default=Path("triton_models"))
@click.option("--release", type=int, default=1, show_default=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, exists=True), help="An evaluated run, not a release.")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), help="The run's.")
@click.option("--model", default="offline", show_default=True, help="The Whisper model that hears the words.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Codecs at once.")
@click.option("--json", "as_json", is_flag=True, help="The table as JSON on standard output.")
def contrast(
    uvular: Sets,
    alveolar: Sets,
    fricative: Sets,
    stop: Sets,
    words: Path,
    codecs: tuple[str, ...],
    repository: Path,
    release: int,
    folder: Path | None,
    corpus: Path | None,
    model: str,
    jobs: int,
    as_json: bool,
) -> None:
    """Compare real recordings of languages with a uvular r (fr) and with an alveolar one (it, es), word against word.

    And of languages whose g is a fricative (es) and a stop (it, fr). No labels are needed. AUC of words with the
    letter, of the control (words without it: .5 means that neither language nor speaker was heard) and of words with it
    over others inside the first language. With --run the tables are kept in the run, for the card of the release that
    is exported from it.
    """
    from diktor.learning.contrast.compare import contrast as compare
    from diktor.learning.foreign.spelling import check
    from diktor.learning.run import Run
    from diktor.learning.transcription.whisper import recogniser

    asked = {"rhotacism": (uvular, alveolar), "fricative_g": (fricative, stop)}
    if not any(map(any, asked.values())) or any(bool(own) != bool(others) for own, others in asked.values()):
        raise click.UsageError("--uvular and --alveolar go together, --fricative and --stop; give a pair or both")
    if (folder is None) != (corpus is None):
        raise click.UsageError("--run and --corpus go together")
    for language, _ in (*fricative, *stop):
        check(language)
    run = Run(folder, corpus) if folder and corpus else None
    listener = recogniser(model, 2)
    ensemble, taxonomy = _of_run(run) if run else _of_release(repository, release)
    with progress(Console(stderr=True)) as advance:
        sets = {
            named: heard(*named, words, listener, advance) for pair in asked.values() for part in pair for named in part
        }
        takes = {
            defect: (
                [take for named in own for take in sets[named]],
                [take for named in others for take in sets[named]],
            )
            for defect, (own, others) in asked.items()
            if own
        }
        found = []
        with ThreadPoolExecutor(jobs) as pool:  # a network at work lets the others work
            for number, codec in enumerate(pool.map(lambda name: compare(takes, ensemble, taxonomy, name), codecs), 1):
                found.append(codec)
                advance("codecs", number, len(codecs), codecs[number - 1])
    tables = [table for of_defect in zip(*found, strict=True) for table in of_defect]
    if run:
        run.contrast.write_bytes(msgspec.json.format(msgspec.json.encode(tables)))
    if as_json:
        say(tables)
    else:
        _show(tables)


def _of_run(run: "Run") -> "tuple[Ensemble, Taxonomy]":
    from diktor.learning.ensemble import Ensemble
    from diktor.learning.members import members_of
    from diktor.scoring.parameters import neutral

    return Ensemble([run.onnx(spec) for spec in members_of(run)], neutral(run.taxonomy)), run.taxonomy


def _of_release(repository: Path, number: int) -> "tuple[Ensemble, Taxonomy]":
    from diktor.learning.ensemble import Ensemble
    from diktor.releases import load_release

    release = load_release(repository, number)
    return Ensemble.of_release(repository, release), release.taxonomy


def _show(tables: "Sequence[Contrast]") -> None:
    counts = ("own, letter", "own, no letter", "others, letter")
    shown = Table(
        "defect", "codec", "judged by", "with the letter", "control", "inside", *(f"counted: {name}" for name in counts)
    )
    for row in tables:
        for name, values in (("logit", row.by_logit), ("evidence", row.by_evidence)):
            figures = [f"{values[key]:.3f}" for key in ("letter", "control", "inside")]
            shown.add_row(row.defect, row.codec, name, *figures, *(f"{row.counted[key]:.2f}" for key in counts))
    Console().print(shown)
    for defect, words in {row.defect: row.words for row in tables}.items():
        Console().print(f"words, {defect}:", ", ".join(f"{count} {name}" for name, count in words.items()))
