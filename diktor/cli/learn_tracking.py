"""The option --tracking of the learning commands, and what they tell the tracker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

import click

from diktor.cli.learn_progress import Advance
from diktor.settings import Settings, Tracking

if TYPE_CHECKING:
    from diktor.learning.run import Run
    from diktor.learning.tracking.record import Record
    from diktor.learning.tracking.tracker import Value
    from diktor.learning.training import Progress

tracking_option = click.option(
    "--tracking",
    type=click.Choice(get_args(Tracking)),
    default=lambda: Settings.load().tracking,
    show_default="DIKTOR_TRACKING, else none",
    help="Where parameters, curves and results go as well.",
)


@contextmanager
def tracked(kind: Tracking, run: "Run", step: str, **parameters: "Value") -> Iterator["Record"]:
    """A run of the tracker around a step of the run's members."""
    from diktor.learning.members import members_of
    from diktor.learning.tracking.choice import tracker
    from diktor.learning.tracking.record import record

    opened = tracker(kind, run.folder, Settings.load().tracking_uri)
    with record(opened, run, step, members_of(run), parameters) as told:
        yield told


def both(advance: Advance, record: "Record") -> "Callable[[str, Progress], None]":
    """A member's progress, for the terminal and for the tracker."""

    def tell(name: str, progress: "Progress") -> None:
        terms = "  ".join(f"{term} {value:.3f}" for term, value in progress.terms.items())
        advance(name, progress.step, progress.steps, terms)
        record.progress(name, progress)

    return tell
