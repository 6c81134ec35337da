"""False alarms: what a release hears in recordings of healthy speech."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.learning.recorded.listen import Job, Outcome
from diktor.learning.report.alarms import alarms
from diktor.learning.report.bootstrap import Draws
from diktor.learning.report.document import Alarms
from diktor.learning.transcription.recordings import is_corpus, recordings


class Found(msgspec.Struct, frozen=True):
    """Of `channels` of recordings, all of them taken for healthy; intervals are over recordings."""

    release: int
    recordings: int
    channels: int
    minutes: float
    alarms: dict[str, Alarms]
    left_out: tuple[str, ...]


def every(folder: Path) -> list[Job]:
    """All channels of all recordings in a folder and below it.

    Raises:
        DiktorError: there are none, or it is a corpus.
    """
    if is_corpus(folder):
        raise DiktorError(f"{folder} is a corpus", "Its healthy speech is in the report: diktor learn report")
    return [Job(folder, item.name, (), every=True) for item in recordings(folder)]


def measured(outcomes: Sequence[Outcome], release: int, taxonomy: Taxonomy) -> Found | None:
    """Figures per defect; None where not one recording could be heard."""
    known = [(outcome.file, part.verdict) for outcome in outcomes for part in outcome.spoken]
    if not known:
        return None
    judged = [verdict for _, verdict in known]
    draws = Draws.of_groups([file for file, _ in known])
    return Found(
        release=release,
        recordings=sum(bool(outcome.spoken) for outcome in outcomes),
        channels=len(known),
        minutes=round(sum(verdict.duration_ms for verdict in judged) / 60_000, 1),
        alarms={name: alarms(judged, [True] * len(judged), place, draws) for place, name in enumerate(taxonomy.names)},
        left_out=tuple(outcome.problem for outcome in outcomes if outcome.problem),
    )
