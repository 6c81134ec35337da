"""`diktor data from-calls`: what the application's own calls teach."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from diktor.cli.json_line import json_option, say
from diktor.cli.learn_defects import defects_option, taxonomy
from diktor.cli.learn_progress import progress
from diktor.settings import Settings

if TYPE_CHECKING:
    from diktor.learning.own_calls.lineage import Lineage


@click.command("from-calls")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The material.")
@click.option("--days", type=click.IntRange(1), required=True, help="Recordings that came in so many days.")
@click.option(
    "--min-new", type=click.IntRange(0), default=1, show_default=True, help="Fewer new recordings and labels: skip."
)
@click.option(
    "--last",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="New since this lineage.json; else since the one that was made last on this machine.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the operators' splits.")
@defects_option
@json_option
def from_calls(
    out: Path, days: int, min_new: int, last: Path | None, seed: int, defects: Path | None, as_json: bool
) -> None:
    """Take recordings of scored calls, and labelled windows of them, into --out.

    unlabelled/ is for learn transcribe, prepare and pretrain --counts; manifest.parquet for learn corpus --manifest;
    lineage.json names every call, label and digest. Exits 0 and says why when there is too little that is new.
    """
    from diktor.learning.own_calls.build import LAST, Recipe, build

    settings, console = Settings.load(), Console()
    recipe = Recipe(days, min_new, last or settings.home / LAST, seed, taxonomy(defects))
    with progress(console) as advance:
        made, skip = build(recipe, out, settings, lambda what, done, of: advance(what, done, of, ""))
    if made is None:
        console.print(f"skipped: {skip}", highlight=False, soft_wrap=True)
        if as_json:
            say({"skip": skip})
        return
    for item in made.left_out:
        console.print(f"left out {item.where}: {item.what}", highlight=False, soft_wrap=True, markup=False)
    told = _told(made, out)
    console.print(
        f"{told['windows']} labelled windows, {told['unlabelled_calls']} calls without labels "
        f"({told['held_out_calls']} held out), {made.new} new: {out}",
        highlight=False,
        soft_wrap=True,
    )
    if as_json:
        say(told)


def _told(made: "Lineage", out: Path) -> dict[str, object]:
    from diktor.learning.own_calls.build import MANIFEST
    from diktor.learning.own_calls.collect import UNLABELLED
    from diktor.learning.own_calls.lineage import NAME

    uses = Counter(call.use for call in made.calls)
    folder = out.absolute()
    return {
        "folder": str(folder),
        "lineage": str(folder / NAME),
        "manifest": str(folder / MANIFEST) if made.windows else None,
        "unlabelled": str(folder / UNLABELLED) if uses["unlabelled"] else None,
        "digest": made.digest,
        "new": made.new,
        "windows": len(made.windows),
        "classes": dict(Counter(window.kind for window in made.windows)),
        "splits": dict(Counter(window.split for window in made.windows)),
        "labelled_calls": uses["labelled"],
        "unlabelled_calls": uses["unlabelled"],
        "held_out_calls": uses["held out"],
        "left_out": len(made.left_out),
    }
