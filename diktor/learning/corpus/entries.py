"""Recordings of one's own as a corpus takes them, wherever they were listed, and what is wrong with the others."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from diktor.defects import DEFAULT, MIXED, Taxonomy
from diktor.learning.corpus.clips import Version


class TimedWord(msgspec.Struct, frozen=True):
    """A word of a recording; seconds of its channel."""

    word: str
    start: float
    end: float
    sure: bool = True


class TimedMark(msgspec.Struct, frozen=True):
    """A spoken marker letter; seconds of its channel. `defective` is None where nobody knows."""

    letter: str
    start: float
    end: float
    defective: bool | None = None


class TimedStutter(msgspec.Struct, frozen=True):
    """A stutter of a recording; seconds of its channel."""

    start: float
    end: float
    kind: str = "listed"


class Entry(NamedTuple):
    """One listed recording. What is empty or None is not known; without a channel every one that has sound is taken.

    `where` is the line that lists it, for reports. Its speaker's `split` may be given. If a person `judged` some
    defects alone, its version says nothing of the others. `stutters` are all there are in it. Recordings of one `group`
    are the same words and speaker in several versions.
    """

    where: str
    path: Path
    name: str
    version: Version
    speaker: str = ""
    text: str = ""
    template: str = ""
    channel: int | None = None
    words: tuple[TimedWord, ...] | None = None
    marks: tuple[TimedMark, ...] | None = None
    split: str = ""
    judged: tuple[str, ...] = ()
    stutters: tuple[TimedStutter, ...] | None = None
    group: str = ""


class Problem(NamedTuple):
    """Why a recording cannot be taken."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Listed(NamedTuple):
    """What a list holds, and what is wrong in it."""

    entries: list[Entry]
    problems: list[Problem]


def class_versions(taxonomy: Taxonomy) -> dict[str, Version]:
    """What a class may be called, and its version; `mixed` is the defects of all letters in one speaker."""
    versions = ("healthy", *taxonomy.names)
    return {
        **{str(number): version for number, version in enumerate(versions)},
        **dict(zip(taxonomy.classes, versions, strict=True)),
        "healthy": "healthy",
        MIXED: MIXED,
    }


def version_of(cell: str, where: str, usual: Version | None = None, taxonomy: Taxonomy = DEFAULT) -> Version | Problem:
    """The version that a class stands for; `usual` where the cell is empty."""
    name = cell.strip()
    if not name:
        return usual or Problem(where, "it has no class")
    return class_versions(taxonomy).get(name) or Problem(
        where, f"unknown class {name!r}: {', '.join(taxonomy.classes)} or 0 to {len(taxonomy.names)}"
    )


def file_of(folder: Path, name: str, where: str) -> Path | Problem:
    """The recording that a list in `folder` names."""
    if not name.strip():
        return Problem(where, "it names no file")
    path = folder / name.strip()
    if not path.resolve().is_relative_to(folder.resolve()):
        return Problem(where, f"{name} lies outside {folder}")
    return path if path.is_file() else Problem(where, f"{name} is missing")


def gathered(found: Iterable[Entry | Problem]) -> Listed:
    """Both kinds apart."""
    listed = Listed([], [])
    for item in found:
        if isinstance(item, Problem):
            listed.problems.append(item)
        else:
            listed.entries.append(item)
    return listed


def once(entries: Sequence[Entry]) -> Listed:
    """The recordings without those that are listed twice, of which the first stays."""
    seen: dict[Path, dict[int | None, Entry]] = {}

    def checked(entry: Entry) -> Entry | Problem:
        known = seen.setdefault(entry.path.resolve(), {})
        for channel, first in known.items():
            if channel is None or entry.channel is None or channel == entry.channel:
                return Problem(entry.where, f"{entry.name} is listed twice, first in {first.where}")
        known[entry.channel] = entry
        return entry

    return gathered(map(checked, entries))
