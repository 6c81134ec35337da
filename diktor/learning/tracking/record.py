"""A step of learning as a run of a tracker: which data and code, how far each member is, what came out."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from diktor.errors import UnavailableError
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, revision
from diktor.learning.tracking.tracker import Tracker, Value
from diktor.learning.training import Progress

logger = logging.getLogger(__name__)


class Record:
    """What a step tells its tracker. A tracker that goes away in between is given up with one warning: hours of
    training are not lost for a curve."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker: Tracker | None = tracker

    def progress(self, member: str, progress: Progress) -> None:
        """A member's losses at its step."""
        for term, value in progress.terms.items():
            self.curve(f"{member}.{term}", progress.step, value)

    def curve(self, name: str, step: int, value: float) -> None:
        """A point of a curve."""
        self._try(lambda tracker: tracker.curve(name, step, value))

    def figures(self, metrics: Mapping[str, Any]) -> None:
        """Every number of a nested document, named by its path."""
        for name, value in numbers(metrics):
            self.curve(name, 0, value)

    def artefact(self, path: Path) -> None:
        """A file, if it is there."""
        if path.exists():
            self._try(lambda tracker: tracker.artefact(path))

    def tag(self, name: str, value: str) -> None:
        """Which release, and the like."""
        self._try(lambda tracker: tracker.tag(name, value))

    def end(self, *, failed: bool) -> None:
        """Close the run."""
        self._try(lambda tracker: tracker.end(failed=failed))

    def _try(self, tell: Callable[[Tracker], None]) -> None:
        if self._tracker is None:
            return
        try:
            tell(self._tracker)
        except UnavailableError as error:
            self._tracker = None
            logger.warning("the tracker is given up, the work goes on: %s", error)


@contextmanager
def record(
    tracker: Tracker, run: Run, step: str, specs: Sequence[MemberSpec], parameters: Mapping[str, Value]
) -> Iterator[Record]:
    """A run of the tracker around `step`, failed if what is inside fails.

    Raises:
        UnavailableError: the tracker does not take the run; nothing was done yet.
    """
    tracker.start(f"{run.folder.name} {step}", {**parameters, **members(specs)})
    told = Record(tracker)
    told.tag("step", step)
    told.tag("run", str(run.folder))
    told.tag("corpus", corpus_digest(run.corpus))
    told.tag("code", revision())
    try:
        yield told
    except BaseException:
        told.end(failed=True)
        raise
    told.end(failed=False)


def members(specs: Sequence[MemberSpec]) -> dict[str, Value]:
    """Every setting of every member, `name.setting`."""
    return {
        f"{spec.name}.{field}": value if isinstance(value, str | int | float) else str(value)
        for spec in specs
        for field, value in msgspec.structs.asdict(spec).items()
        if field != "name"
    }


def corpus_digest(corpus: Path) -> str:
    """The digest in a corpus' manifest, `unknown` without one: what is wrong with it, the step itself will say."""
    try:
        return str(msgspec.json.decode((corpus / "manifest.json").read_bytes())["digest"])
    except (OSError, KeyError, msgspec.DecodeError):
        return "unknown"


def numbers(document: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """(path, number) of every number in dictionaries and lists, `a.b.0`."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(document, list | tuple):
        for place, value in enumerate(document):
            yield from numbers(value, f"{path}.{place}")
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path, float(document)
