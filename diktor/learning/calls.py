"""Calls for evaluation: held-out clips of one version after another, cut, gated and scored exactly as in service."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.audio.grid import Grid, Window
from diktor.audio.vad import VoiceActivity
from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import (
    Clip,
    ClipWord,
    Mark,
    Stutter,
    Version,
    load_clips,
    partly_healthy,
    read_audio,
    taxonomy_of,
)
from diktor.learning.ensemble import Ensemble, MemberOutputs
from diktor.learning.in_service import cut
from diktor.scoring.parameters import neutral

RATE = 8000
CLIPS = 8
"""Clips in a call: about a minute."""

LEAST_STUTTER_S = 0.2
"""A window with less of a stutter than this is not labelled as stuttered."""


class Call(NamedTuple):
    """A call of one voice and version: its samples and what is in it, in seconds of the call; its clips, in order.

    `weak`: where its defects are is not known, only that they are.
    """

    name: str
    version: Version
    pcm: NDArray[np.int16]
    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    stutters: tuple[Stutter, ...]
    weak: bool = False
    clips: tuple[Clip, ...] = ()


class Heard(NamedTuple):
    """A window of a call: milliseconds of speech in it and what the members said."""

    window: Window
    speech_ms: int
    outputs: MemberOutputs


class Scored(NamedTuple):
    """A call and all its windows."""

    call: Call
    windows: tuple[Heard, ...]


class Truth(NamedTuple):
    """What a window holds: marker letters (L,) and defective sounds or stutters (D,)."""

    markers: tuple[int, ...]
    defects: tuple[int, ...]


def compose(corpus: Path, split: str, shuffles: int, seed: int) -> list[Call]:
    """Calls from a split: every clip stands in one call per shuffle, but for those of which too little was judged.

    Raises:
        DiktorError: the split has no clips.
    """
    versions: dict[tuple[Version, bool], list[Clip]] = {}
    taxonomy = taxonomy_of(corpus)
    for clip in load_clips(corpus):
        if clip.split == split and not partly_healthy(clip, taxonomy):
            versions.setdefault((clip.version, clip.weak), []).append(clip)
    if not versions:
        raise DiktorError(f"{corpus} has nothing in its {split} split", "Give it recordings of more speakers")
    calls = []
    for (version, weak), clips in versions.items():
        for shuffle in range(shuffles):
            order = sorted(clips, key=lambda clip: clip.id)
            Random(f"{seed}/{shuffle}/{version}").shuffle(order)
            for first in range(0, max(1, len(order) - CLIPS // 2), CLIPS):
                name = f"{split}-{version}{'-weak' * weak}-{shuffle}-{first}"
                calls.append(joined(corpus, name, version, order[first : first + CLIPS]))
    return calls


def joined(corpus: Path, name: str, version: Version, clips: Sequence[Clip]) -> Call:
    """A call of these clips, one after another."""
    words: list[ClipWord] = []
    marks: list[Mark] = []
    stutters: list[Stutter] = []
    start = 0.0
    for clip in clips:
        words += [ClipWord(w.word, w.start + start, w.end + start, w.stuttered, w.sure) for w in clip.words]
        before = len(words) - len(clip.words)
        marks += [
            Mark(m.letter, m.start + start, m.end + start, m.defective, m.kind, m.word + before if m.word >= 0 else -1)
            for m in clip.marks
        ]
        stutters += [Stutter(s.start + start, s.end + start, s.kind) for s in clip.stutters]
        start += clip.length / RATE
    pcm = np.concatenate([read_audio(corpus, clip) for clip in clips])
    return Call(name, version, pcm, tuple(words), tuple(marks), tuple(stutters), clips[0].weak, tuple(clips))


def listen(
    calls: Sequence[Call], members: Sequence[Path], grid: Grid, processes: int, advance: Callable[[int, int], None]
) -> list[Scored]:
    """Every call's windows through the members."""
    result = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_listen, call, tuple(members), grid) for call in calls]
        for done, future in enumerate(running, 1):
            result.append(future.result())
            advance(done, len(calls))
    return result


def truth(call: Call, window: Window, taxonomy: Taxonomy) -> Truth:
    """What a window of a call holds, counted by the middle of each sound."""
    start, end = window.start_ms / 1000, window.end_ms / 1000
    inside = [mark for mark in call.marks if start <= (mark.start + mark.end) / 2 < end]
    stutters = sum(min(s.end, end) - max(s.start, start) >= LEAST_STUTTER_S for s in call.stutters)
    return Truth(
        tuple(sum(mark.letter == letter for mark in inside) for letter in taxonomy.letters),
        tuple(
            stutters
            if defect.letter is None
            else sum(mark.defective and mark.letter == defect.letter for mark in inside)
            for defect in taxonomy.defects
        ),
    )


def _listen(call: Call, members: tuple[Path, ...], grid: Grid) -> Scored:
    ensemble, activity = _Tools.of(members)
    heard = []
    for window in grid.windows(len(call.pcm) * 1000 // RATE):
        pcm = cut(call.pcm, window.start_ms, grid.length_ms)
        heard.append(Heard(window, activity.speech_ms(pcm), ensemble.listen(pcm)))
    return Scored(call, tuple(heard))


class _Tools:
    """What a worker process loads once."""

    _kept: tuple[tuple[Path, ...], Ensemble, VoiceActivity] | None = None

    @classmethod
    def of(cls, members: tuple[Path, ...]) -> tuple[Ensemble, VoiceActivity]:
        if cls._kept is None or cls._kept[0] != members:
            cls._kept = (members, Ensemble(members, neutral(DEFAULT)), VoiceActivity())
        return cls._kept[1], cls._kept[2]
