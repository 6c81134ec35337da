"""Builds a corpus from recordings of one's own: checked, split, cut and written in the shards of every corpus."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.learning.corpus import base, pieces
from diktor.learning.corpus.clips import MANIFEST, Clip, digest
from diktor.learning.corpus.deal import SPLITS
from diktor.learning.corpus.entries import Problem
from diktor.learning.corpus.examine import Inputs, examine
from diktor.learning.corpus.label import between
from diktor.learning.corpus.place import Placed, described, place
from diktor.releases import RATE

SECONDS_PER_SHARD = 600
Advance = Callable[[str, int, int], None]


class Told(NamedTuple):
    """What came of it: the digest ("" if nothing was written), minutes by split, what was wrong, what to know."""

    digest: str
    minutes: Mapping[str, float]
    problems: Sequence[Problem]
    notes: Sequence[str]


def build(inputs: Inputs, out: Path, seed: int, drop: bool, jobs: int, advance: Advance) -> Told:
    """Make the corpus in `out`, unless something is wrong and `drop` does not allow to leave it out.

    Finished shards are kept: called again it goes on where it stopped.

    Raises:
        DiktorError: an input cannot be read at all, nothing is left, or `out` holds another corpus.
    """
    known = base.read(inputs.add, inputs.taxonomy) if inputs.add else base.NOTHING
    with ProcessPoolExecutor(jobs, initializer=os.nice, initargs=(5,)) as pool:
        taken, problems = examine(inputs, known.recordings, pool, advance)
        if problems and not drop:
            return Told("", {}, problems, ())
        if not taken:
            raise DiktorError("No recording is left", "Without --drop it is said what is wrong with each")
        placed, notes = place(taken, inputs, seed, known)
        todo = _shards(placed)
        base.unmixed(out, [*todo, *(base.shards(inputs.add) if inputs.add else ())])
        if inputs.add:
            base.take(inputs.add, out)
        missing = {name: part for name, part in todo.items() if not (out / f"{name}.jsonl").exists()}
        advance("shards", len(todo) - len(missing), len(todo))
        for done, _ in enumerate(pool.map(_make, [out] * len(missing), missing, missing.values()), 1):
            advance("shards", len(todo) - len(missing) + done, len(todo))
    total = digest(out)
    minutes: dict[str, float] = {
        s: sum(p.checked.seconds[p.channel] for p in placed if p.split == s) / 60 for s in SPLITS
    }
    manifest = {
        "seed": seed,
        "digest": total,
        "splits": base.merged(known.splits, described(placed)),
        "added_to": known.digest,
        "recordings": len(taken),
        "minutes": {name: round(value, 2) for name, value in minutes.items()},
        "dropped": [{"where": p.where, "what": p.what} for p in problems],
        "notes": notes,
        "taxonomy": msgspec.to_builtins(inputs.taxonomy),
        "note": "Recordings. No text and no speaker is in two splits; a file of an unknown speaker has its own.",
    }
    (out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return Told(total, minutes, problems, notes)


def _shards(placed: Sequence[Placed]) -> dict[str, list[Placed]]:
    """What goes into which shard; their names tell one import from another."""
    mark = hashlib.sha256(repr([_told(p) for p in placed]).encode())
    shards: dict[str, list[Placed]] = {}
    number, seconds = 0, 0.0
    for item in placed:
        if seconds > SECONDS_PER_SHARD:
            number, seconds = number + 1, 0.0
        shards.setdefault(f"shard-own-{mark.hexdigest()[:8]}-{number:04d}", []).append(item)
        seconds += item.checked.seconds[item.channel]
    return shards


def _told(item: Placed) -> tuple[object, ...]:
    entry = item.checked.entry
    return (item.checked.digest, entry[2:7], item[1:], *([entry.judged] if entry.judged else []), entry.group)


def _make(out: Path, name: str, placed: Sequence[Placed]) -> None:
    samples: list[NDArray[np.int16]] = []
    lines, offset = [], 0
    for item in placed:
        entry = item.checked.entry
        pcm = pieces.heard(entry.path, entry.name, entry.channel)[item.channel]
        for number, (start, end) in enumerate(pieces.cut(pcm)):
            lines.append(msgspec.json.encode(_clip(item, number, name, offset, pcm[start:end], start)))
            samples.append(pcm[start:end])
            offset += end - start
    for suffix, content in (
        ("i16", np.concatenate(samples).astype("<i2").tobytes()),
        ("jsonl", b"\n".join(lines) + b"\n"),
    ):
        draft = out / f".{name}.{suffix}"
        draft.write_bytes(content)
        draft.rename(out / f"{name}.{suffix}")  # labels last: a shard with labels is a finished one


def _clip(item: Placed, number: int, shard: str, offset: int, pcm: NDArray[np.int16], start: int) -> Clip:
    entry, known = item.checked.entry, between(item.labels, start / RATE, (start + len(pcm)) / RATE)
    identity = f"{item.checked.identity}-{item.channel}-{number:03d}"
    return Clip(
        id=identity,
        group=f"{entry.group}-{number:03d}" if entry.group else identity,
        split=item.split,
        voice=item.voice,
        sentence=item.sentence,
        kind=entry.template or "own",
        version=entry.version,
        natural=True,
        codec=entry.path.suffix.lower().removeprefix(".") or "unknown",
        snr_db=pieces.signal_to_noise(pcm),
        shard=shard,
        offset=offset,
        length=len(pcm),
        words=known.words,
        marks=known.marks,
        stutters=known.stutters,
        weak=known.weak,
        transcribed=known.transcribed,
        recording=entry.name,
        judged=entry.judged,
    )
