"""Training windows: a clip's five seconds, filled up with pieces of other clips of the same voice, and their labels.

What fills a window may be healthy or not, so that the defects of one utterance say nothing about its neighbours.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.corpus.clips import Clip, Version, read_audio
from diktor.learning.model import FRAMES

LENGTH = 40_000
FRAME = 160
"""Samples per frame of 20 ms at 8 kHz."""

VOCODED_HEALTHY = 0.5
"""Weight of a healthy sound that passed the vocoder: natural ones are what healthy speech is."""


SILENT = 0.2
"""Share of windows filled with digital silence instead, as a call's last window is: silence is no block."""


class Piece(NamedTuple):
    """`length` samples of `clip` from `source`, put at `target` of the window."""

    clip: Clip
    source: int
    target: int
    length: int


class Window(NamedTuple):
    """Window `part` of a group's version; its first piece is the clip itself."""

    group: str
    version: Version
    part: int
    pieces: tuple[Piece, ...]

    @property
    def weak(self) -> bool:
        """Whether it is not known where its defects are."""
        return any(piece.clip.weak for piece in self.pieces)

    @property
    def recorded(self) -> bool:
        """Whether it comes from a recording that was listed, and not from speech that was made."""
        return any(piece.clip.recording for piece in self.pieces[:1])


class Sound(NamedTuple):
    """Frames [start, end) with marker letters: a phone (`letters` is 1) or a word. `key` names its matches."""

    start: int
    end: int
    letter: int
    letters: int
    defective: bool
    weight: float
    key: tuple[str, int, int, int] | None


KNOWN = np.ones(FRAMES, bool)


class Labels(NamedTuple):
    """What a window holds; `defective` (T, D) bool per frame and defect.

    `known` (T,) bool: frames whose letters are known; none where a clip has no transcript. `weak`: the version of which
    alone is known that the speaker has it. Of other defects than those `judged`, if any were, nothing is known.
    """

    phones: tuple[Sound, ...]
    words: tuple[Sound, ...]
    defective: NDArray[np.bool_]
    known: NDArray[np.bool_] = KNOWN
    weak: Version | None = None
    judged: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether every word in it is known."""
        return bool(self.known.all())


def plan(clips: Sequence[Clip], seed: int) -> list[Window]:
    """Windows that cover every clip, in the clips' order; the fillers come from clips of the same split and voice.

    What is weakly labelled is filled up with its like alone.
    """
    voices: dict[tuple[str, ...], list[Clip]] = {}
    for clip in clips:
        voices.setdefault(_likeness(clip), []).append(clip)
    return [
        _window(clip, part, start, voices[_likeness(clip)], Random(f"{seed}/{clip.id}/{part}"))
        for clip in clips
        for part, start in enumerate(_starts(clip.length))
    ]


def samples(folder: Path, window: Window) -> NDArray[np.int16]:
    """The window's audio: (40000,) int16."""
    pcm = np.zeros(LENGTH, np.int16)
    for piece in window.pieces:
        audio = read_audio(folder, piece.clip)[piece.source : piece.source + piece.length]
        pcm[piece.target : piece.target + piece.length] = audio
    return pcm


def labels(window: Window, taxonomy: Taxonomy = DEFAULT) -> Labels:
    """Phones, words and defective frames of a window."""
    phones: list[Sound] = []
    words: list[Sound] = []
    defective, known = np.zeros((FRAMES, len(taxonomy.defects)), bool), KNOWN.copy()
    for number, piece in enumerate(window.pieces):
        phones += _phones(piece, number == 0, taxonomy.letters)
        words += _words(piece, taxonomy.letters)
        _fill(defective, piece, taxonomy)
        known &= piece.clip.transcribed
        for word in piece.clip.words:
            if not word.sure:
                known[_touched(piece, word.start, word.end)] = False
    own = window.pieces[0].clip
    return Labels(tuple(phones), tuple(words), defective, known, own.version if own.weak else None, own.judged)


def _likeness(clip: Clip) -> tuple[str, ...]:
    return (clip.split, clip.voice, *((clip.version,) if clip.weak else ()), *clip.judged)


def _starts(length: int) -> list[int]:
    """Where a clip's windows begin: as few as cover it, equally far apart."""
    parts = max(1, -(-length // LENGTH))
    return [(length - LENGTH) * part // (parts - 1) if part else 0 for part in range(parts)]


def _window(clip: Clip, part: int, start: int, others: Sequence[Clip], rng: Random) -> Window:
    length = min(clip.length, LENGTH)
    target = rng.randint(0, LENGTH - length) // FRAME * FRAME
    pieces = [Piece(clip, start, target, length)]
    if rng.random() < SILENT:
        return Window(clip.group, clip.version, part, tuple(pieces))
    if target:
        before = rng.choice(others)
        size = min(target, before.length)
        pieces.append(Piece(before, before.length - size, target - size, size))
    after = LENGTH - target - length
    if after:
        other = rng.choice(others)
        pieces.append(Piece(other, 0, target + length, min(after, other.length)))
    return Window(clip.group, clip.version, part, tuple(pieces))


def _place(piece: Piece, start_s: float, end_s: float) -> tuple[int, int] | None:
    """Frames of a stretch of the clip, if the whole of it is in the piece."""
    first, last = start_s * 8000 - piece.source, end_s * 8000 - piece.source
    if first < 0 or last > piece.length:
        return None
    start = int((first + piece.target) // FRAME)
    return start, min(FRAMES, max(start + 1, int(np.ceil((last + piece.target) / FRAME))))


def _phones(piece: Piece, own: bool, letters: Sequence[str]) -> list[Sound]:
    found, seen = [], dict[tuple[int, int], int]()
    natural = 1.0 if piece.clip.natural else VOCODED_HEALTHY
    for mark in piece.clip.marks:
        letter = letters.index(mark.letter)
        order = seen[mark.word, letter] = seen.get((mark.word, letter), -1) + 1
        place = _place(piece, mark.start, mark.end)
        if place:
            key = (piece.clip.group, mark.word, letter, order) if own else None
            found.append(Sound(*place, letter, 1, mark.defective, 1.0 if mark.defective else natural, key))
    return found


def _words(piece: Piece, letters: Sequence[str]) -> list[Sound]:
    found = []
    natural = 1.0 if piece.clip.natural else VOCODED_HEALTHY
    for number, word in enumerate(piece.clip.words):
        place = _place(piece, word.start, word.end)
        if not place or not word.sure:
            continue
        for letter, name in enumerate(letters):
            marks = [mark for mark in piece.clip.marks if mark.word == number and mark.letter == name]
            bad = any(mark.defective for mark in marks)
            found.append(Sound(*place, letter, len(marks), bad, 1.0 if bad else natural, None))
    return found


def _fill(defective: NDArray[np.bool_], piece: Piece, taxonomy: Taxonomy) -> None:
    """Mark the frames of defective sounds and of stutters, also those that the piece cuts."""
    places = dict(zip(taxonomy.letters, taxonomy.spoken, strict=True))
    stretches = [(places[mark.letter], mark.start, mark.end) for mark in piece.clip.marks if mark.defective]
    stretches += [(place, s.start, s.end) for place in taxonomy.anywhere for s in piece.clip.stutters]
    for defect, start_s, end_s in stretches:
        defective[_touched(piece, start_s, end_s), defect] = True


def _touched(piece: Piece, start_s: float, end_s: float) -> slice:
    """Frames of the window that a stretch of the clip touches, as far as it is in the piece."""
    first = max(start_s * 8000, piece.source) - piece.source + piece.target
    last = min(end_s * 8000, piece.source + piece.length) - piece.source + piece.target
    return slice(int(first // FRAME), int(np.ceil(last / FRAME))) if last > first else slice(0)
