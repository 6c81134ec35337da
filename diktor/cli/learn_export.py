"""`diktor learn export`: a trained and evaluated run as a release that Triton can serve."""

from pathlib import Path

import click

from diktor.cli.json_line import say
from diktor.cli.learn_tracking import tracked, tracking_option
from diktor.settings import Tracking


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Triton's repository.")
@click.option("--release", "number", type=click.IntRange(1), required=True, help="The release's number.")
@click.option("--name", default="synthetic", show_default=True, help="What to call it.")
@click.option(
    "--lineage",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Of diktor data from-calls: the calls and labels it was made of.",
)
@tracking_option
def export(
    corpus: Path, folder: Path, out: Path, number: int, name: str, lineage: Path | None, tracking: Tracking
) -> None:
    """Write the release with its document, model card and golden windows."""
    from diktor.learning.export.repository import export as write
    from diktor.learning.members import members_of
    from diktor.learning.run import Run

    run = Run(folder, corpus)
    with tracked(tracking, run, "export", number=number, name=name) as record:
        release = write(run, members_of(run), out, number, name, lineage)
        record.tag("release", f"{release.number} {release.name}")
        for document in ("release.json", "MODEL_CARD.md"):
            record.artefact(out / release.ensemble / document)
    summary = {"release": release.number, "name": release.name, "repository": str(out), "files": len(release.files)}
    say(summary)
