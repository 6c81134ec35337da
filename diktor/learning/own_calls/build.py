"""Makes a folder of material from the application's own calls, and says when there is too little that is new."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow
import pyarrow.parquet

from diktor.defects import DEFAULT, Taxonomy
from diktor.files import draft
from diktor.learning.corpus.deal import Item, Taken, deal
from diktor.learning.corpus.source import Split
from diktor.learning.own_calls import lineage
from diktor.learning.own_calls.collect import copy_whole, cut_out
from diktor.learning.own_calls.gather import OwnCall, gather
from diktor.learning.own_calls.judged import Judged, LeftOut, judged
from diktor.learning.own_calls.lineage import FromCall, FromLabel, FromWindow, Gone, Lineage, Use
from diktor.recordings import Recordings
from diktor.settings import Settings

MANIFEST = "manifest.parquet"
LAST = "calls-lineage.json"
"""In `DIKTOR_HOME`: the lineage of the folder that was made last."""

TRAIN: Split = "train"

Advance = Callable[[str, int, int], None]


class Recipe(NamedTuple):
    """From how many days, how much has to be new, since which lineage, for which defects."""

    days: int
    least_new: int
    last: Path
    seed: int = 1
    taxonomy: Taxonomy = DEFAULT


class Outcome(NamedTuple):
    """What was made, or why nothing was."""

    made: Lineage | None
    skip: str


def build(recipe: Recipe, out: Path, settings: Settings, advance: Advance) -> Outcome:
    """Leave material in `out`; one that is finished there stays as it is.

    New are recordings and labels that the last lineage does not name. No operator is in two splits, nor with other
    calls where only letters are counted; who was in one split last time is in it again.

    Raises:
        UnavailableError: ClickHouse or the recordings store is away.
        DiktorError: a lineage is damaged, or `out` cannot be written.
    """
    if finished := lineage.read(out / lineage.NAME):
        return Outcome(finished, "")
    now = datetime.now(UTC)
    since = now - timedelta(days=recipe.days)
    store = Recordings(settings.recordings_url)
    calls = asyncio.run(gather(settings, store, since))
    last = lineage.read(recipe.last)
    new = _new(calls, last)
    if new < recipe.least_new:
        against = f"since {last.made_at:%Y-%m-%d %H:%M} UTC" if last else "at all"
        return Outcome(None, f"{new} new recordings and labels {against}, at least {recipe.least_new} are wanted")
    found = [item for call in calls for item in judged(call, recipe.taxonomy)]
    gone = [item for item in found if isinstance(item, LeftOut)]
    kept = cut_out(store, [item for item in found if isinstance(item, Judged)], out, gone, settings, advance)
    splits = _split([item for item, _ in kept], recipe.seed, last)
    uses = _uses(calls, [item for item, _ in kept], splits)
    plain = copy_whole(store, [c for c in calls if uses[c.recording.call_id] == "unlabelled"], out, gone, advance)
    there = {call.recording.call_id for call in plain}
    uses |= {name: "left out" for name, use in uses.items() if use == "unlabelled" and name not in there}
    windows = [_window(item, digest, splits) for item, digest in kept]
    _list(windows, out)
    made = Lineage(
        made_at=now,
        since=since,
        days=recipe.days,
        defects=recipe.taxonomy.names,
        digest=_digest(windows, plain),
        new=new,
        operators=splits,
        calls=tuple(_call(call, uses[call.recording.call_id]) for call in calls),
        labels=tuple(_labels(calls, [item for item, _ in kept])),
        windows=tuple(windows),
        left_out=tuple(Gone(*item) for item in gone),
    )
    lineage.write(made, out / lineage.NAME)
    lineage.write(made, settings.home / LAST)
    return Outcome(made, "")


def _new(calls: Iterable[OwnCall], last: Lineage | None) -> int:
    """How many recordings and how many labels the last lineage does not name."""
    known = {item.call_id for item in last.calls} if last else set()
    said = {(i.call_id, i.channel, i.start_ms, i.defect, i.label) for i in last.labels} if last else set()
    return sum(
        (call.recording.call_id not in known)
        + sum(
            (row.call_id, row.channel, row.start_ms, row.defect, row.label) not in said
            for row in call.labels
            if row.label != "other"
        )
        for call in calls
    )


def _split(kept: Sequence[Judged], seed: int, last: Lineage | None) -> dict[str, Split]:
    """Each operator's split, also of those that had one last time."""
    known = last.operators if last else {}
    items = [
        Item(item.call.recording.operator_id, item.file, item.kind, (item.end_ms - item.start_ms) / 1000)
        for item in kept
    ]
    dealt = deal(items, seed, Taken(known, {}))
    return {**known} | {item.speaker: split for item, split in zip(items, dealt, strict=True) if split is not None}


def _uses(calls: Sequence[OwnCall], kept: Sequence[Judged], splits: dict[str, Split]) -> dict[str, Use]:
    """What becomes of each call. Letters are counted in speech of whoever is in training, or in no split yet."""
    labelled = {item.call.recording.call_id for item in kept}
    uses: dict[str, Use] = {}
    for recording in (call.recording for call in calls):
        heard = splits.get(recording.operator_id, TRAIN) == TRAIN
        plain: Use = "unlabelled" if heard else "held out"
        uses[recording.call_id] = "labelled" if recording.call_id in labelled else plain
    return uses


def _window(item: Judged, digest: str, splits: dict[str, Split]) -> FromWindow:
    operator = item.call.recording.operator_id
    return FromWindow(item.file, digest, item.kind, item.defects, operator, splits[operator])


def _call(call: OwnCall, use: Use) -> FromCall:
    recording = call.recording
    return FromCall(recording.call_id, recording.digest, recording.operator_id, call.release, use)


def _labels(calls: Iterable[OwnCall], kept: Iterable[Judged]) -> Iterator[FromLabel]:
    """Every label, with the file of its window where there is one."""
    files = {
        (item.call.recording.call_id, item.channel, item.start_ms, name): item.file
        for item in kept
        for name in item.defects
    }
    for row in (row for call in calls for row in call.labels):
        file = "" if row.label == "other" else files.get((row.call_id, row.channel, row.start_ms, row.defect), "")
        yield FromLabel(row.call_id, row.channel, row.start_ms, row.defect, row.label, row.at, file)


def _list(windows: Sequence[FromWindow], out: Path) -> None:
    """The manifest that `diktor learn corpus --manifest` takes, if there is a window to list."""
    rows = [
        {
            "file": item.file,
            "class": item.kind,
            "speaker": f"operator {item.operator_id}",
            "split": item.split,
            "judged": list(item.judged),
        }
        for item in windows
    ]
    if not rows:
        (out / MANIFEST).unlink(missing_ok=True)
        return
    with draft(out / MANIFEST) as path:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def _digest(windows: Sequence[FromWindow], unlabelled: Sequence[OwnCall]) -> str:
    lines = [f"{item.digest} {item.kind} {item.judged} {item.operator_id} {item.split}\n" for item in windows]
    lines += [f"{call.recording.digest}\n" for call in unlabelled]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
