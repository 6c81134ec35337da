"""`diktor learn corpus` from recordings of one's own, and back into the old form."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from diktor.cli.json_line import last_line
from diktor.cli.learn_defects import taxonomy
from diktor.cli.learn_progress import progress

if TYPE_CHECKING:
    from diktor.learning.corpus.examine import Inputs


def own_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where recordings come from."""
    folder = click.Path(path_type=Path, exists=True, file_okay=False)
    for option in (
        click.option(
            "--to-archive", type=click.Path(path_type=Path, file_okay=False), help="Write --out in this form."
        ),
        click.option("--drop", is_flag=True, help="Leave out what is wrong instead of stopping."),
        click.option("--add", type=folder, help="A finished corpus to take along."),
        click.option("--transcripts", type=folder, help="Words with times: what diktor learn transcribe left."),
        click.option("--class", "usual", help="Of --audio that names none: none, a defect, or mixed."),
        click.option("--audio", "folders", type=folder, multiple=True, help="A folder of recordings."),
        click.option(
            "--manifest",
            "manifests",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            multiple=True,
            help="Recordings listed in Parquet.",
        ),
        click.option("--archive", "archives", type=folder, multiple=True, help="data_train.csv with data_mp3/train."),
    ):
        command = option(command)
    return command


def inputs_of(options: dict[str, Any], defects: Path | None) -> "Inputs | None":
    """The recordings that options name, None if they name none.

    They go by the taxonomy that is named (`defects`), else by that of the corpus to add.

    Raises:
        click.UsageError: an option is there that says nothing without recordings, or a class is none.
    """
    from diktor.learning.corpus.entries import class_versions
    from diktor.learning.corpus.examine import Inputs

    lists, usual, add = (
        (options["archives"], options["manifests"], options["folders"]),
        options["usual"],
        options["add"],
    )
    if any(lists):
        chosen = taxonomy(defects, add)
        versions = class_versions(chosen)
        if usual and usual not in versions:
            raise click.UsageError(f"--class {usual} is none of {', '.join(versions)}")
        return Inputs(*lists, versions.get(usual), options["transcripts"], add, chosen)
    for name, given in (("--transcripts", options["transcripts"]), ("--class", usual)):
        if given:
            raise click.UsageError(f"{name} goes with --archive, --manifest or --audio")
    return None


def from_own(inputs: "Inputs", out: Path, seed: int, jobs: int, drop: bool, as_json: bool = False) -> int:
    """Make the corpus and tell of it; returns the exit code."""
    from diktor.learning.corpus.own import build

    console = Console()
    with progress(console) as advance:
        told = build(inputs, out, seed, drop, jobs, lambda what, done, of: advance(what, done, of, ""))
    for problem in told.problems:
        console.print(
            f"[red]{'left out' if drop else 'wrong'}[/red]", str(problem), highlight=False, soft_wrap=True, markup=True
        )
    if not told.digest:
        console.print(f"{len(told.problems)} recordings are wrong, nothing is made. --drop leaves them out.")
        return 1
    for note in told.notes:
        console.print(note, highlight=False, soft_wrap=True, markup=False)
    minutes = ", ".join(f"{name} {value:.1f}" for name, value in told.minutes.items())
    console.print(
        f"corpus {told.digest[:12]} in {out}; minutes of recordings: {minutes}", highlight=False, soft_wrap=True
    )
    left_out = [str(problem) for problem in told.problems]
    last_line(as_json, {"corpus": str(out), "digest": told.digest, "minutes": told.minutes, "left_out": left_out})
    return 0


def to_archive(corpus: Path, out: Path) -> None:
    """Write a finished corpus in the old form."""
    from diktor.learning.corpus.archive_writing import write

    console = Console()
    with progress(console) as advance:
        count = write(corpus, out, lambda done, total: advance("recordings", done, total, ""))
    console.print(f"{count} recordings in {out}", highlight=False, soft_wrap=True)
