"""`diktor learn corpus`: labelled speech from source speech, and the demonstration's calls."""

import os
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from diktor.cli.json_line import json_option, last_line
from diktor.cli.learn_corpus_own import from_own, inputs_of, own_options, to_archive
from diktor.cli.learn_defects import defects_option, taxonomy
from diktor.cli.learn_progress import progress


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The corpus, or the calls."
)
@click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("assets/speech"),
    show_default=True,
    help="Healthy speech with phone times: as there, or recordings with TextGrids of an aligner.",
)
@click.option("--minutes", type=click.FloatRange(1), default=200, show_default=True, help="Of training speech, about.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option("--calls", type=click.IntRange(1), help="Make so many calls instead of a corpus, with labels.")
@click.option("--turns", type=click.IntRange(1), default=7, show_default=True, help="Of a call: 7 are about a minute.")
@defects_option
@own_options
@json_option
def corpus(
    out: Path,
    source: Path,
    minutes: float,
    seed: int,
    jobs: int,
    calls: int | None,
    turns: int,
    defects: Path | None,
    as_json: bool,
    **own: Any,
) -> None:
    """Make a corpus in --out. Finished shards are kept: called again it goes on where it stopped.

    From healthy speech with phone times (--source), defects put in; or with --archive, --manifest, --audio (each as
    often as needed) from recordings as they are. Exits 1 if one of these is wrong, and says of each what.

    The corpus carries its taxonomy: what is learned from it, and the release, hear those defects.
    """
    if own["to_archive"]:
        return to_archive(out, own["to_archive"])
    if inputs := inputs_of(own, defects):
        sys.exit(from_own(inputs, out, seed, jobs, own["drop"], as_json))
    from diktor.learning.corpus.build import Recipe, build
    from diktor.learning.corpus.calls import make

    console = Console()
    with progress(console) as advance:
        if calls is not None:
            made = make(source, out, calls, seed, lambda done, total: advance("calls", done, total, ""), turns)
            console.print(f"{len(made)} calls, {sum(call.seconds for call in made) / 60:.1f} minutes: {out}")
            return
        add = own["add"]
        recipe = Recipe(source, minutes, seed, taxonomy(defects, add), add)
        digest = build(recipe, out, jobs, lambda done, total: advance("shards", done, total, ""))
    console.print(f"corpus {digest[:12]} in {out}")
    last_line(as_json, {"corpus": str(out), "digest": digest})
