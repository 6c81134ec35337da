"""Recordings of a language put together to takes, with the words that Whisper hears in them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from diktor.audio.decode import blocks
from diktor.errors import AudioError, DiktorError
from diktor.learning.transcription.recordings import RATE as HEARD_AT
from diktor.learning.transcription.recordings import recordings
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.learning.transcription.whisper import Recogniser
from diktor.releases import RATE

TAKE_S, GAP_S = 25.0, 0.5
"""Short recordings are put together to takes that Whisper hears at once, with quiet between them."""

SHORTEST_S, QUIETEST = 0.2, 300
"""A recording shorter or fainter (largest sample of 32,767) than this is no speech."""


class Take(NamedTuple):
    """(samples,) int16 at 8 kHz, the words in it, and their language."""

    pcm: NDArray[np.int16]
    words: tuple[SpokenWord, ...]
    language: str


def takes(
    folder: Path, language: str, recogniser: Recogniser, kept: Path, advance: Callable[[int, int], None]
) -> list[Take]:
    """The recordings of a folder put together, with the words that Whisper hears; `kept` holds those once heard.

    Raises:
        DiktorError: nothing in the folder is speech.
    """
    pieces = [pcm for item in recordings(folder) if (pcm := _speech(folder / item.name)) is not None]
    if not pieces:
        raise DiktorError(f"{folder} holds no speech", "Name a folder with recordings of one language")
    found, document = [], kept / f"{language}.words.json"
    joined = list(_joined(pieces))
    words = msgspec.json.decode(document.read_bytes(), type=list[tuple[SpokenWord, ...]]) if document.exists() else []
    kept.mkdir(parents=True, exist_ok=True)
    for number, pcm in enumerate(joined):
        if number >= len(words):
            samples = soxr.resample(pcm.astype(np.float32) / 32768, RATE, HEARD_AT)
            words.append(recogniser.listen(np.asarray(samples, np.float32), language).words)
            document.write_bytes(msgspec.json.encode(words))
        found.append(Take(pcm, words[number], language))
        advance(number + 1, len(joined))
    return found


def _speech(path: Path) -> NDArray[np.int16] | None:
    try:
        pcm = np.concatenate(list(blocks(path)), axis=1)[0]
    except AudioError:
        return None
    return pcm if len(pcm) >= SHORTEST_S * RATE and np.abs(pcm).max() >= QUIETEST else None


def _joined(pieces: Sequence[NDArray[np.int16]]) -> Iterable[NDArray[np.int16]]:
    gap, current = np.zeros(int(GAP_S * RATE), np.int16), list[NDArray[np.int16]]()
    for pcm in pieces:
        if current and sum(map(len, current)) + len(pcm) > TAKE_S * RATE:
            yield np.concatenate(current)
            current = []
        current += [pcm, gap]
    yield np.concatenate(current)
