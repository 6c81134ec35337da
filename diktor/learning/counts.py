"""Stage 1 on recordings without labels: windows of which only a transcript's number of marker letters is known."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from diktor.audio.decode import blocks
from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.learning.backbone import SAMPLES
from diktor.learning.corpus.clips import read_audio
from diktor.learning.model import Outputs
from diktor.learning.transcription.counting import Counted
from diktor.learning.transcription.prepare import COUNTS, DOCUMENT, Preparation, load_counts
from diktor.learning.transcription.recordings import CorpusClip, File, Recording, recordings
from diktor.releases import RATE

PER_STEP = (4, 12)
"""Such windows in a step when layers are tuned, and when only heads are: fewer than labelled ones."""

WEIGHT = 0.5


class Excerpt(NamedTuple):
    """[start_ms, end_ms) of a recording's channel and how many of each marker letter are spoken there."""

    recording: str
    channel: int
    start_ms: int
    end_ms: int
    markers: tuple[int, ...]


def digest(folder: Path) -> str:
    """SHA-256 of the counts."""
    return hashlib.sha256(_made(folder, COUNTS).read_bytes()).hexdigest()


def excerpts(folder: Path, audio: Path, taxonomy: Taxonomy) -> list[Excerpt]:
    """The certain windows with words in them of what `prepare` counted in the recordings of `audio`.

    A window without a word teaches nothing sure: what Whisper left out may have been speech.

    Raises:
        DiktorError: the counts are for other letters or windows, or recordings are missing or changed.
    """
    made = msgspec.json.decode(_made(folder, DOCUMENT).read_bytes(), type=Preparation)
    if made.letters != taxonomy.letters or made.length_ms * RATE != SAMPLES * 1000:
        raise DiktorError(
            f"{folder} counts {', '.join(made.letters)} in windows of {made.length_ms} ms", "Prepare it again"
        )
    counted = load_counts(folder)
    _check(counted, audio)
    found = [
        Excerpt(item.recording, item.channel, window.start_ms, window.end_ms, window.markers)
        for item in counted
        for window in item.windows
        if not window.uncertain and _spoken(item, window.start_ms, window.end_ms)
    ]
    if not found:
        raise DiktorError(f"no window of {folder} is certain", "Prepare it with a lower --min-confidence")
    return found


def samples(audio: Path, excerpt: Excerpt) -> NDArray[np.int16]:
    """The excerpt's audio as the network hears it: (40000,) int16 at 8 kHz, the end filled with silence."""
    heard = _decoded(audio, excerpt.recording)[excerpt.channel]
    piece = heard[excerpt.start_ms * RATE // 1000 : excerpt.end_ms * RATE // 1000][:SAMPLES]
    return np.pad(piece, (0, SAMPLES - len(piece)))


def loss(outputs: Outputs, wanted: Sequence[tuple[int, ...]]) -> Tensor:
    """Counts of whole windows as draws from a Poisson distribution whose mean is the sum of the frames' rates.

    As in `losses.counting`, less its knowledge of places: the likelihood of so many events anywhere in the window.
    """
    counts = torch.tensor(wanted, dtype=torch.float32)
    likelihood = functional.poisson_nll_loss(outputs.markers.sum(1), counts, log_input=False, reduction="sum")
    return WEIGHT * likelihood / counts.sum().clamp_min(1.0)


def chosen(count: int, size: int, seed: int, step: int) -> list[int]:
    """Indices of a step's windows; each comes up once before any comes up again. Depends on seed and step alone."""
    size = min(size, count)
    per_epoch = count // size
    order = list(range(count))
    Random(f"{seed}/counts/{step // per_epoch}").shuffle(order)
    return order[step % per_epoch * size : (step % per_epoch + 1) * size]


def _made(folder: Path, name: str) -> Path:
    if not (folder / name).exists():
        raise DiktorError(f"{folder} holds no {name}", "Make it: diktor learn prepare --transcripts … --out FOLDER")
    return folder / name


def _check(counted: Sequence[Counted], audio: Path) -> None:
    there = {recording.name: recording for recording in recordings(audio)}
    for name, known in {item.recording: item.digest for item in counted}.items():
        if name not in there:
            raise DiktorError(f"{audio} holds no {name}", "Name what was transcribed: --audio FOLDER")
        if there[name].digest() != known:
            raise DiktorError(f"{audio / name} is not what was transcribed", "Transcribe and prepare it again")


def _spoken(item: Counted, start_ms: int, end_ms: int) -> bool:
    return any(word.start_ms < end_ms and word.end_ms > start_ms for word in item.words)


@lru_cache(maxsize=1)
def _named(audio: Path) -> dict[str, Recording]:
    return {recording.name: recording for recording in recordings(audio)}


@lru_cache(maxsize=2)
def _decoded(audio: Path, name: str) -> NDArray[np.int16]:
    """(channels, samples) at 8 kHz, decoded as calls are."""
    match _named(audio)[name]:
        case File(path):
            return np.concatenate(list(blocks(path, name=name)), axis=1)
        case CorpusClip(folder, clip):
            return read_audio(folder, clip)[None]
        case other:
            raise TypeError(other)
