"""`diktor learn ablate`: does stage 1 help?"""

import os
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from diktor.cli.learn_progress import progress
from diktor.cli.tables import wide_console


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--run", "folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--member", default="member_a", show_default=True, help="Which one is trained.")
@click.option("--budget", type=click.FloatRange(0.0), default=4.0, show_default=True, help="Minutes per arm, about.")
@click.option(
    "--share", type=click.FloatRange(0.0, 0.9), default=0.25, show_default=True, help="Of steps, for stage 1."
)
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
def ablate(corpus: Path, folder: Path, member: str, budget: float, share: float, seeds: int, jobs: int) -> None:
    """The same member with stage 1, without it, and without counting letters at all, at equal steps in all.

    And with the same stage 2 and nothing before it. Leaves RUN/ablation.json for the report, and goes on where it
    stopped. States of frozen layers are the run's own.
    """
    from diktor.learning import ablation, stages
    from diktor.learning.members import members_of
    from diktor.learning.report.page import figure, signed
    from diktor.learning.run import Run

    run = Run(folder, corpus)
    members = members_of(run)
    known = {spec.name: spec for spec in members}
    if member not in known:
        raise click.BadParameter(f"one of {', '.join(known)}", param_hint="--member")
    spec = known[member]
    with progress(Console(stderr=True)) as advance:
        stages.start(run, members, 1)
        kept = stages.keep_states(run, [spec], lambda done, total: advance("states", done, total, ""))
        found = ablation.ablate(
            run,
            spec,
            range(1, seeds + 1),
            budget,
            share,
            kept,
            jobs,
            lambda name, done, total: advance(name, done, total, ""),
        )
    run.ablation.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    table = Table(title=f"{found.member}, {found.steps} steps in all, AUC on the test split", title_justify="left")
    for heading in ("seed", "letters", *found.worth):
        table.add_column(heading)
    for arm in found.arms:
        table.add_row(str(arm.seed), arm.counted, *map(figure, arm.auc.values()))
    table.add_row("", "stage 1 is worth", *map(signed, found.worth.values()))
    table.add_row("", "all counting is worth", *map(signed, found.counting.values()))
    table.add_row("", "stage 1 before the same stage 2 is worth", *map(signed, found.before.values()))
    wide_console().print(table)
