"""`diktor learn audit`: could a corpus' labels be guessed without hearing the defect, and does a network do so?"""

import os
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from diktor.cli.json_line import say
from diktor.cli.learn_progress import progress


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option(
    "--run", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Audit its network too."
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on standard output.")
def audit(corpus: Path, folder: Path | None, jobs: int, as_json: bool) -> None:
    """Audit a corpus for shortcuts, and a run's network for leaks. Exits with 1 unless every audit passes.

    Shortcuts: a simple classifier, tested on voices and sentence templates it never saw, tries to tell each defect from
    duration, pauses, energy, spectral centroid, clip length, number of words or text; its AUC has to stay under .65.
    Leaks: the network's scores of words without the letter, in defective against healthy speech; AUC .60 at most.
    With --run the report is kept in the run, for the card of the release that is exported from it.
    """
    from diktor.cli.audit_tables import show
    from diktor.learning.audit import report
    from diktor.learning.members import members_of
    from diktor.learning.run import Run

    run = Run(folder, corpus) if folder else None
    members = [run.onnx(spec) for spec in members_of(run)] if run else []
    with progress(Console(stderr=True)) as advance:
        found = report.audit(corpus, members, jobs, lambda name, done, total: advance(name, done, total, ""))
    if run:
        run.audits.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    if as_json:
        say(found)
    else:
        show(found)
    sys.exit(0 if found.passes else 1)
