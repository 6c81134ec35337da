"""A split as a release would judge it: rows of windows and verdicts of calls, and the draws for intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from diktor.defects import Taxonomy
from diktor.learning.calibration import call_rows
from diktor.learning.calls import Scored
from diktor.learning.report.bootstrap import Draws
from diktor.releases import Release
from diktor.rows import ChannelVerdict, WindowRow
from diktor.scoring.verdict import verdicts


@dataclass(frozen=True)
class Judged:
    """Calls that a release scored; `repeats`: how many of them each clip is heard in."""

    scored: Sequence[Scored]
    release: Release
    repeats: int

    @cached_property
    def rows(self) -> list[list[WindowRow]]:
        """Every call's windows as they would be stored."""
        return [call_rows(item, self.release) for item in self.scored]

    @cached_property
    def verdicts(self) -> list[ChannelVerdict]:
        """Every call's verdict."""
        return [verdicts(rows, self.release)[0] for rows in self.rows]

    @cached_property
    def draws(self) -> Draws:
        """Calls drawn again, of each version as many as there are."""
        return Draws.of([item.call.version for item in self.scored], self.repeats)

    @property
    def taxonomy(self) -> Taxonomy:
        """The release's."""
        return self.release.taxonomy

    @property
    def healthy(self) -> list[bool]:
        """Which calls are."""
        return [item.call.version == "healthy" for item in self.scored]
