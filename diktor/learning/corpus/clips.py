"""A corpus on disk: shards of 8 kHz samples with a line of labels per clip."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.defects import DEFAULT, MIXED, Defect, Taxonomy
from diktor.errors import DiktorError

MANIFEST = "manifest.json"
"""Written last: a folder that has it holds a finished corpus."""

Version = str
"""One of the taxonomy's `versions`: healthy, mixed, or the name of a defect."""


class Mark(msgspec.Struct, frozen=True):
    """A marker sound as it was spoken, counted as `letter`; seconds in the clip.

    `word` is its word's number, −1 where that is not known.
    """

    letter: str
    start: float
    end: float
    defective: bool
    kind: str
    word: int


class Stutter(msgspec.Struct, frozen=True):
    """A stuttering event; seconds in the clip."""

    start: float
    end: float
    kind: str


class ClipWord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word of the clip; one that was heard without being `sure` says nothing about its letters."""

    word: str
    start: float
    end: float
    stuttered: bool
    sure: bool = True


class Clip(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rendering: `length` samples from `offset` of its shard; clips of a `group` are the same words and speaker.

    `weak`: of this piece of a recording its version is known and not where the defect is; marks then say only where
    the letters are, and those only if the words are known (`transcribed`). `recording` is the file it comes from. If a
    person `judged` some defects in it, they heard the whole of it, and of other defects its version says nothing.
    """

    id: str
    group: str
    split: str
    voice: str
    sentence: str
    kind: str
    version: Version
    natural: bool
    codec: str
    snr_db: float
    shard: str
    offset: int
    length: int
    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    stutters: tuple[Stutter, ...]
    weak: bool = False
    transcribed: bool = True
    recording: str = ""
    judged: tuple[str, ...] = ()


class WindowLabels(msgspec.Struct, frozen=True):
    """What is in a piece of a clip: marker sounds per letter, and how many of each defect."""

    markers: dict[str, int]
    defects: dict[str, int]


class _Manifest(msgspec.Struct):
    """What is read of a manifest here."""

    taxonomy: Taxonomy = DEFAULT


def load_clips(folder: Path) -> list[Clip]:
    """Every clip of a corpus, in order.

    Raises:
        DiktorError: there is no finished corpus in the folder.
    """
    if not (folder / MANIFEST).exists():
        raise DiktorError(f"{folder} holds no finished corpus", "Make it: diktor learn corpus --out FOLDER")
    decoder = msgspec.json.Decoder(Clip)
    lines = (line for path in sorted(folder.glob("shard-*.jsonl")) for line in path.read_bytes().splitlines())
    return [decoder.decode(line) for line in lines]


def taxonomy_of(folder: Path) -> Taxonomy:
    """The defects that a corpus was made for; a manifest that does not say so tells of the default ones.

    Raises:
        DiktorError: there is no finished corpus in the folder, or its manifest is damaged.
    """
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Manifest).taxonomy
    except FileNotFoundError as error:
        raise DiktorError(f"{folder} holds no finished corpus", "Make it: diktor learn corpus --out FOLDER") from error
    except msgspec.MsgspecError as error:
        raise DiktorError(f"{path} cannot be read: {error}", "Make the corpus again") from error


def read_audio(folder: Path, clip: Clip) -> NDArray[np.int16]:
    """The clip's samples: (samples,) int16, mono, 8 kHz."""
    return np.asarray(_shard(folder / f"{clip.shard}.i16")[clip.offset : clip.offset + clip.length])


def labels(clip: Clip, start_s: float, end_s: float, taxonomy: Taxonomy = DEFAULT) -> WindowLabels:
    """What lies (with its middle) in [start, end) of a clip."""

    def inside(item: Mark | Stutter) -> bool:
        return start_s <= (item.start + item.end) / 2 < end_s

    marks = [mark for mark in clip.marks if inside(mark)]
    return WindowLabels(
        markers={letter: sum(mark.letter == letter for mark in marks) for letter in taxonomy.letters},
        defects={
            defect.name: sum(map(inside, clip.stutters))
            if defect.letter is None
            else sum(mark.letter == defect.letter and mark.defective for mark in marks)
            for defect in taxonomy.defects
        },
    )


T = TypeVar("T", ClipWord, Mark, Stutter)


def later(items: tuple[T, ...], seconds: float) -> tuple[T, ...]:
    """Labels, so many seconds later."""
    return tuple(
        msgspec.structs.replace(item, start=round(item.start + seconds, 4), end=round(item.end + seconds, 4))
        for item in items
    )


def has(version: Version, defect: Defect) -> bool:
    """Whether a speaker of this version has the defect."""
    return version == defect.name or (version == MIXED and bool(defect.letters))


def partly_healthy(clip: Clip, taxonomy: Taxonomy) -> bool:
    """Whether a clip is healthy only as far as somebody judged it: no example of healthy speech."""
    return clip.version == "healthy" and bool(clip.judged) and not set(taxonomy.names) <= set(clip.judged)


def digest(folder: Path) -> str:
    """SHA-256 over labels and samples: two corpora with one digest are the same."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("shard-*")):
        total.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@lru_cache(maxsize=64)
def _shard(path: Path) -> NDArray[np.int16]:
    return np.memmap(path, np.int16, "r")
