"""Recordings of a language put together to takes, with the words in them: known, or as Whisper hears them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from diktor import files
from diktor.audio.decode import blocks
from diktor.errors import AudioError, DiktorError
from diktor.learning.foreign.placing import MOST_LETTERS, Piece, letters, placed
from diktor.learning.transcription.known import TABLE, known
from diktor.learning.transcription.recordings import RATE as HEARD_AT
from diktor.learning.transcription.recordings import recordings
from diktor.learning.transcription.transcripts import SUFFIX, SpokenWord
from diktor.learning.transcription.whisper import Recogniser
from diktor.releases import RATE

TAKE_S, GAP_S = 25.0, 0.5
"""Short recordings are put together to takes that Whisper hears at once, with quiet between them."""

GAP = np.zeros(int(GAP_S * RATE), np.int16)

SHORTEST_S, QUIETEST = 0.2, 300
"""A recording shorter or fainter (largest sample of 32,767) than this is no speech."""


class Take(NamedTuple):
    """(samples,) int16 at 8 kHz, the words in it, and their language."""

    pcm: NDArray[np.int16]
    words: tuple[SpokenWord, ...]
    language: str


def takes(
    folder: Path,
    language: str,
    recogniser: Recogniser,
    kept: Path,
    advance: Callable[[int, int], None],
    minutes: float | None = None,
) -> list[Take]:
    """The recordings of a folder put together, with the words that are said in them; `kept` holds those once heard.

    What a `transcripts.csv` in the folder says is found in the recordings it lists, and no others are taken; else the
    words are those that Whisper hears. Of recordings that are the same one is taken; of more than `minutes` of them
    some from everywhere.

    Raises:
        DiktorError: nothing in the folder is speech, or the table lists what is not there.
    """
    told, names = known(folder), [item.name for item in recordings(folder)]
    if missing := sorted({name for name, _ in told} - set(names)):
        raise DiktorError(
            f"{folder / TABLE} lists {len(missing)} recordings that are not there, {missing[0]} for one",
            "Name files relative to the folder, or leave their lines out",
        )
    pieces = {
        pcm.tobytes(): Piece(pcm, told[name, 0].words if told else None)
        for name in names
        if (not told or (name, 0) in told) and (pcm := _speech(folder / name)) is not None
    }
    if not pieces:
        raise DiktorError(f"{folder} holds no speech", "Name a folder with recordings of one language")
    joined = [*_joined(_some([*pieces.values()], minutes))]
    found = []
    for number, together in enumerate(joined, 1):
        pcm = np.concatenate([part for piece in together for part in (piece.pcm, GAP)])
        found.append(Take(pcm, _words(together, pcm, language, recogniser, kept), language))
        advance(number, len(joined))
    return found


def _some(pieces: Sequence[Piece], minutes: float | None) -> Sequence[Piece]:
    """As many as are no longer than `minutes`, evenly from all of them."""
    length = sum(len(piece.pcm) for piece in pieces) / RATE / 60
    share = min(1.0, minutes / length) if minutes else 1.0
    return [piece for number, piece in enumerate(pieces) if int((number + 1) * share) > int(number * share)]


def _words(
    together: Sequence[Piece], pcm: NDArray[np.int16], language: str, recogniser: Recogniser, kept: Path
) -> tuple[SpokenWord, ...]:
    """The words of a take, from what was kept if the same model heard the same before."""
    told = [piece.words for piece in together]
    asked = msgspec.json.encode((recogniser.model.digest, language, told, [len(piece.pcm) for piece in together]))
    document = kept / f"{hashlib.sha256(asked + pcm.tobytes()).hexdigest()[:24]}{SUFFIX}"
    if document.exists():
        return msgspec.json.decode(document.read_bytes(), type=tuple[SpokenWord, ...])
    samples = np.asarray(soxr.resample(pcm.astype(np.float32) / 32768, RATE, HEARD_AT), np.float32)
    if told[0] is None:
        words = recogniser.listen(samples, language).words
    else:
        words = placed(together, len(GAP), samples, language, recogniser)
    files.write(document, msgspec.json.encode(words) + b"\n")
    return words


def _speech(path: Path) -> NDArray[np.int16] | None:
    """Its louder channel: of a stereo recording one may be silent."""
    try:
        channels = np.concatenate(list(blocks(path)), axis=1)
    except AudioError:
        return None
    pcm = channels[np.abs(channels.astype(np.float32)).mean(1).argmax()]
    return pcm if len(pcm) >= SHORTEST_S * RATE and np.abs(pcm).max() >= QUIETEST else None


def _joined(pieces: Sequence[Piece]) -> Iterable[list[Piece]]:
    current, length = list[Piece](), 0
    for piece in pieces:
        full = length + len(piece.pcm) > TAKE_S * RATE or letters([*current, piece]) > MOST_LETTERS
        if current and full:
            yield current
            current, length = [], 0
        current.append(piece)
        length += len(piece.pcm) + len(GAP)
    yield current
