"""`diktor release evaluate`: what a kept release hears in the test split of a corpus."""

from pathlib import Path

import click
from rich.console import Console

from diktor.cli.json_line import json_option
from diktor.cli.learn_progress import progress
from diktor.cli.release_keep import number_of
from diktor.cli.release_tables import answer
from diktor.releases.store import Releases
from diktor.settings import Settings


@click.command()
@click.argument("which")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@json_option
def evaluate(which: str, corpus: Path, as_json: bool) -> None:
    """Measure a release (a number, or `active`) on the test calls of a corpus, as `diktor learn evaluate` measures.

    Calls of classes that the release does not know are left out.
    """
    from diktor.learning.rival import measured

    store = Releases.of(Settings.load())
    number = number_of(which, store.pointer())
    item, folder = store.get(number), store.folder(number)
    with progress(Console(stderr=True)) as advance:
        found = measured(folder, item, corpus, lambda done, of: advance("calls", done, of, ""))
    each = ", ".join(f"{name} {value:.3f}" for name, value in found["f1"].items())
    answer(
        {"release": number, **found},
        as_json,
        f"release {number} on {found['calls']} calls: macro-F1 {found['macro_f1']:.3f} ({each})",
    )
