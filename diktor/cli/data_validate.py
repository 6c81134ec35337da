"""`diktor data validate`: what is wrong with an archive, line by line, before anything is learned from it."""

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from diktor.cli.json_line import json_option, say
from diktor.cli.learn_defects import defects_option, taxonomy
from diktor.cli.learn_progress import progress


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--drop", is_flag=True, help="Leave out what is wrong: data_train.valid.csv, which learn corpus then reads."
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@defects_option
@json_option
def validate(folder: Path, drop: bool, jobs: int, defects: Path | None, as_json: bool) -> None:
    """Hear every recording of the archive in FOLDER; the report stays in validation.json.

    Exits 1 if a recording cannot be taken or a class is empty. With --drop it does so only if nothing is left.
    """
    from diktor.learning.corpus.validate import validate as look

    console = Console()
    with progress(console) as advance:
        told = look(folder, drop, jobs, lambda what, done, of: advance(what, done, of, ""), taxonomy(defects))
    for item in told.offenders:
        console.print(
            f"{'left out' if drop else 'wrong'} {item.where}: {item.what}",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
    for name in told.empty:
        console.print(f"{'note' if drop else 'wrong'} class {name} has no recording", highlight=False, soft_wrap=True)
    if told.unlisted:
        console.print(f"note {len(told.unlisted)} files are not listed", highlight=False, soft_wrap=True)
    counts = ", ".join(f"{name} {count} ({told.minutes[name]:.1f} min)" for name, count in told.classes.items())
    console.print(f"{told.recordings} recordings can be taken: {counts}", highlight=False, soft_wrap=True)
    if as_json:
        say(told)
    sys.exit(0 if told.ok else 1)
