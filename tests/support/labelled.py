"""A corpus in which every utterance stands healthy and with each defect, of the same samples, and a network that knows.

Only the labels tell the versions apart, so that what a figure must be is known.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from diktor.audio.grid import Grid
from diktor.defects import DEFECTS, LETTERS
from diktor.learning.calls import Call, Heard, Scored, compose
from diktor.learning.corpus.clips import Clip, Stutter, load_clips
from diktor.learning.ensemble import MemberOutputs

CODECS = ("none", "alaw", "mp3-8")
FRAMES = 250


def labelled(corpus: Path, folder: Path) -> Path:
    """Write such a corpus of the clips of another one."""
    clips = [_version(clip, name) for clip in load_clips(corpus) for name in ("healthy", *(d.name for d in DEFECTS))]
    for shard in corpus.glob("shard-*.i16"):
        (folder / shard.name).symlink_to(shard)
    (folder / "shard-0000.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, clips)))
    (folder / "manifest.json").write_bytes((corpus / "manifest.json").read_bytes())
    return folder


def heard(corpus: Path, split: str, shuffles: int = 3) -> list[Scored]:
    """A split as two members heard it: the first knows what is where, the second guesses."""
    rng = np.random.default_rng(0)
    return [Scored(call, tuple(_windows(call, rng))) for call in compose(corpus, split, shuffles, 7)]


def _version(source: Clip, version: str) -> Clip:
    rng = Random(f"{source.id}/{version}")
    letter = next((d.letter for d in DEFECTS if d.name == version), None)
    marks = tuple(
        msgspec.structs.replace(mark, defective=mark.letter == letter and rng.random() < 0.7, kind="fricative")
        for mark in source.marks
    )
    words = [word for word in source.words if version == "stuttering" and rng.random() < 0.3]
    return msgspec.structs.replace(
        source,
        id=f"{source.id}-{version}",
        version=version,
        codec=rng.choice(CODECS),
        snr_db=rng.uniform(8, 40),
        marks=marks,
        stutters=tuple(Stutter(word.start, word.start + 0.4, "sound") for word in words),
    )


def _windows(call: Call, rng: np.random.Generator) -> Sequence[Heard]:
    length = len(call.pcm) // 160 + 2 * FRAMES
    rates, near = np.zeros((length, len(LETTERS))), np.full((length, len(DEFECTS)), -4.0)
    far = near.copy()
    for mark in call.marks:
        place = LETTERS.index(mark.letter)
        stretch = slice(int(mark.start * 50), max(int(mark.start * 50) + 1, int(mark.end * 50)))
        rates[stretch, place] += 1.0 / (stretch.stop - stretch.start)
        near[stretch, place] = 4.0 if mark.defective else -4.0
    for stutter in call.stutters:
        far[int(stutter.start * 50) : int(stutter.end * 50), [d.letter is None for d in DEFECTS]] = 4.0
    noise = [rng.normal(0, 1, part.shape) for part in (near, far)]
    knowing, guessing = (rates, near + noise[0], far + noise[1]), (rates, noise[0], noise[1])
    result = []
    for window in Grid().windows(len(call.pcm) // 8):
        own = slice(window.start_ms // 20, window.start_ms // 20 + FRAMES)
        parts = [np.stack([a[own], b[own]]).astype(np.float32) for a, b in zip(knowing, guessing, strict=True)]
        result.append(Heard(window, 4000, MemberOutputs(*parts)))
    return result
