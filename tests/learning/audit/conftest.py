"""Corpora made of real healthy speech, in which a label means nothing or gives itself away."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from zlib import crc32

import msgspec
import numpy as np
import pytest

from diktor.learning.corpus.clips import Clip, ClipWord, Stutter, load_clips, read_audio

VERSIONS = ("healthy", "rhotacism", "stuttering")
LEAD = 800

Change = Callable[[Clip, np.ndarray], tuple[Clip, np.ndarray] | None]
Plant = Callable[[str, Change], Path]


@pytest.fixture(scope="session")
def plant(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """A corpus in which every utterance is there in every version, and sounds the same but for a level and a start.

    What `change` makes of a clip and its samples is taken instead; None leaves the clip out.
    """

    def make(name: str, change: Change) -> Path:
        folder = tmp_path_factory.mktemp(name)
        clips, pieces = [], []
        for source in load_clips(corpus):
            for version in VERSIONS:
                made = change(*_labelled(source, read_audio(corpus, source), version))
                if made is not None:
                    offset = sum(map(len, pieces))
                    clips.append(msgspec.structs.replace(made[0], offset=offset, length=len(made[1])))
                    pieces.append(made[1])
        (folder / "shard-0000.i16").write_bytes(np.concatenate(pieces).astype("<i2").tobytes())
        (folder / "shard-0000.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, clips)))
        (folder / "manifest.json").write_bytes(msgspec.json.encode({"digest": name}))
        return folder

    return make


@pytest.fixture(scope="session")
def sound(plant: Plant) -> Path:
    """A corpus without a shortcut."""
    return plant("sound", lambda clip, pcm: (clip, pcm))


def _labelled(source: Clip, pcm: np.ndarray, version: str) -> tuple[Clip, np.ndarray]:
    """A version that only its labels tell: some words, at random, have the defect."""
    rng = Random(f"{source.id}/{version}")
    lead, level = rng.randrange(2 * LEAD), rng.uniform(0.3, 1.0)
    later = lead / 8000
    able = sorted({mark.word for mark in source.marks if mark.letter == "р"})
    burr = rng.sample(able, (len(able) + 1) // 2)
    hit = rng.sample(range(len(source.words)), len(source.words) // 2) if version == "stuttering" else []
    words = [ClipWord(w.word, w.start + later, w.end + later, n in hit) for n, w in enumerate(source.words)]
    marks = [
        msgspec.structs.replace(
            mark,
            start=mark.start + later,
            end=mark.end + later,
            defective=version == "rhotacism" and mark.letter == "р" and mark.word in burr,
        )
        for mark in source.marks
    ]
    clip = msgspec.structs.replace(
        source,
        id=f"{source.id}-{version}",
        version=version,
        natural=False,
        kind=f"template-{crc32(source.sentence.encode()) % 4}",
        words=tuple(words),
        marks=tuple(marks),
        stutters=tuple(Stutter(words[n].start, words[n].end, "sound") for n in hit),
    )
    heard = np.concatenate([np.zeros(lead), pcm * level])
    return clip, (heard + np.random.default_rng(rng.randrange(2**31)).normal(0, 20, len(heard))).astype(np.int16)


def stretched(clip: Clip, pcm: np.ndarray, words: Sequence[int], seconds: float) -> tuple[Clip, np.ndarray]:
    """The clip with silence put in the middle of those words."""
    for number in words:
        middle = (clip.words[number].start + clip.words[number].end) / 2
        place = int(middle * 8000)
        pcm = np.concatenate([pcm[:place], np.zeros(int(seconds * 8000), np.int16), pcm[place:]])

        def moved(item, middle: float = middle):  # type: ignore[no-untyped-def]
            start = item.start + (seconds if item.start > middle else 0)
            return msgspec.structs.replace(item, start=start, end=item.end + (seconds if item.end > middle else 0))

        clip = msgspec.structs.replace(
            clip, **{what: tuple(map(moved, getattr(clip, what))) for what in ("words", "marks", "stutters")}
        )
    return clip, pcm


@pytest.fixture(scope="session")
def stretch() -> Callable[[Clip, np.ndarray, Sequence[int], float], tuple[Clip, np.ndarray]]:
    return stretched
