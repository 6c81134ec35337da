"""`diktor learn report`: everything that is known of a run, as a page and as JSON."""

from pathlib import Path

import click
from rich.console import Console

from diktor.cli.learn_progress import progress


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The page.  [default: RUN/report.html]")
@click.option(
    "--audits",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="From: diktor learn audit --json  [default: RUN/audits.json]",
)
def report(corpus: Path, folder: Path, out: Path | None, audits: Path | None) -> None:
    """Figures with intervals, tables and plots, from what `evaluate` kept: nothing is listened to again.

    Leaves RUN/report.json and the page, which needs no other file. Tables of codecs and of stage 1 are in it once
    `codecs` and `ablate` have run.
    """
    from diktor.learning.report.build import build
    from diktor.learning.report.write import write
    from diktor.learning.run import Run

    run, console = Run(folder, corpus), Console(stderr=True)
    with progress(console) as advance:
        found = build(run, audits, lambda name, done, total: advance(name, done, total, ""))
    page = out or run.page
    write(found, run.report, page)
    Console().print(f"{page}, {run.report}", highlight=False, soft_wrap=True)
