"""What people said of a window as a class that a corpus can hold; what it cannot hold is left out, with the reason."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diktor.defects import MIXED, Taxonomy
from diktor.learning.own_calls.gather import OwnCall
from diktor.rows import LabelRow

WINDOWS = "windows"


class Judged(NamedTuple):
    """A window of a call's channel, its class, and of which defects that is said."""

    call: OwnCall
    channel: str
    start_ms: int
    end_ms: int
    kind: str
    defects: tuple[str, ...]

    @property
    def file(self) -> str:
        """Where its samples are, in the folder of material."""
        return f"{WINDOWS}/{self.call.recording.call_id}-{self.channel}-{self.start_ms:08d}.wav"

    @property
    def where(self) -> str:
        """What it is called in reports."""
        return place(self.call, self.channel, self.start_ms)


class LeftOut(NamedTuple):
    """Something of a call that is not learned from, and why."""

    where: str
    what: str


def judged(call: OwnCall, taxonomy: Taxonomy) -> Iterator[Judged | LeftOut]:
    """Every window of a call of which somebody confirmed or rejected a defect."""
    windows: dict[tuple[str, int], list[LabelRow]] = {}
    for row in call.labels:
        if row.label != "other":
            windows.setdefault((row.channel, row.start_ms), []).append(row)
    for (channel, start), rows in sorted(windows.items()):
        where = place(call, channel, start)
        end = call.windows.get(channel, {}).get(start)
        said = {row.defect: row.label for row in rows if row.defect in taxonomy.names}
        kind = _kind([name for name in taxonomy.names if said.get(name) == "confirmed"], taxonomy)
        if channel == "customer":
            yield LeftOut(where, "customers are not judged")
        elif channel not in call.recording.channels:
            yield LeftOut(where, f"the recording has no such channel: {', '.join(call.recording.channels)}")
        elif end is None:
            yield LeftOut(where, "that window is not stored any more")
        elif not said:
            yield LeftOut(where, f"{', '.join(row.defect for row in rows)}: no defect of this taxonomy")
        elif kind is None:
            heard = [name for name, label in said.items() if label == "confirmed"]
            yield LeftOut(where, f"no class holds {' and '.join(heard)} together")
        else:
            yield Judged(call, channel, start, end, kind, tuple(name for name in taxonomy.names if name in said))


def place(call: OwnCall, channel: str, start_ms: int) -> str:
    """A window in words."""
    return f"{call.recording.call_id}, {channel}, {start_ms} ms"


def _kind(confirmed: Sequence[str], taxonomy: Taxonomy) -> str | None:
    """The class of a window with these defects."""
    if len(confirmed) < 2:
        return confirmed[0] if confirmed else taxonomy.classes[0]
    return MIXED if tuple(confirmed) == tuple(taxonomy.names[place] for place in taxonomy.spoken) else None
