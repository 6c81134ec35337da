"""The source speech: healthy utterances with exact phone times, and how they are split."""

import json
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from diktor.errors import DiktorError

RATE = 16000
"""Samples per second of the source speech and of everything before the telephone channel."""

ALIGNMENT = "alignment.jsonl"

Split = Literal["train", "dev", "test"]

VOICES: dict[Split, tuple[str, ...]] = {
    "train": ("Aleksandr", "Anna", "Elena"),
    "dev": ("festival",),
    "test": ("Irina",),
}

VOWELS = frozenset(("a", "e", "i", "o", "u", "y", "a0", "e0", "i0", "o0", "u0", "y0"))
VOICELESS = frozenset("p pp t tt k kk s ss sh sch f ff h hh c ch pau".split())
CONTINUANTS = VOWELS | frozenset("s ss sh sch z zz zh f ff v vv m mm n nn l ll h j".split())


class Phone(msgspec.Struct, frozen=True):
    """A sound as it was spoken; seconds from the start of the file. Doubled letters are palatalised."""

    phone: str
    start: float
    end: float


class Word(msgspec.Struct, frozen=True):
    """A word with its sounds."""

    word: str
    start: float
    end: float
    phones: tuple[Phone, ...]


class Utterance(msgspec.Struct, frozen=True):
    """One sentence read by one voice; `kind` is its domain or the template it was made from.

    It begins at `start_s` of its file; words and phones count from there.
    """

    id: str
    voice: str
    file: str
    duration_s: float
    sentence: str
    kind: str
    text: str
    words: tuple[Word, ...]
    start_s: float = 0.0


def load(folder: Path) -> list[Utterance]:
    """Every utterance of a source folder.

    Raises:
        DiktorError: the folder holds no alignment.
    """
    path = folder / ALIGNMENT
    if not path.exists():
        raise DiktorError(f"{path} is missing", "Name the folder of the source speech (assets/speech)")
    decoder = msgspec.json.Decoder(Utterance)
    return [decoder.decode(line) for line in path.read_bytes().splitlines() if line.strip()]


def audio(folder: Path, utterance: Utterance) -> NDArray[np.float64]:
    """The utterance's samples: (samples,), mono, 16 kHz, [-1, 1]."""
    samples, rate = soundfile.read(folder / utterance.file, always_2d=True)
    first = round(utterance.start_s * rate)
    mono = samples[first : first + round(utterance.duration_s * rate), 0]
    return np.asarray(mono if rate == RATE else soxr.resample(mono, rate, RATE), np.float64)


def split(utterances: list[Utterance], held_out: int = 55) -> dict[Split, list[Utterance]]:
    """Utterances by split: no voice and no sentence is in two of them.

    Development and test take `held_out` sentences of their voice, spread over its kinds; what training voices read of
    them is left out.
    """
    chosen: dict[Split, list[Utterance]] = {}
    for part in ("dev", "test"):
        own = sorted((u for u in utterances if u.voice in VOICES[part]), key=lambda u: (u.sentence, u.id))
        step = max(1, len(own) // held_out)
        chosen[part] = own[::step][:held_out]
    taken = {u.text for part in chosen.values() for u in part}
    chosen["train"] = [u for u in utterances if u.voice in VOICES["train"] and u.text not in taken]
    return chosen


def describe(parts: dict[Split, list[Utterance]]) -> str:
    """The split as JSON for a manifest."""
    return json.dumps(
        {part: {"voices": sorted({u.voice for u in us}), "utterances": len(us)} for part, us in parts.items()}
    )
