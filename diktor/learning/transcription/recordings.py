"""What can be transcribed: the files of a folder, or the clips of a corpus."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from diktor.audio.beside import lies_beside
from diktor.audio.decode import blocks
from diktor.errors import AudioError, DiktorError
from diktor.learning.corpus.clips import Clip, load_clips, read_audio
from diktor.releases import RATE as TELEPHONE

RATE = 16_000
"""Samples per second that Whisper hears."""


class Recording(Protocol):
    """A recording by its name, which is its path within its folder."""

    @property
    def name(self) -> str:
        """Unique among its neighbours."""

    def digest(self) -> str:
        """SHA-256 of the audio, hexadecimal.

        Raises:
            AudioError: it cannot be read.
        """

    def samples(self) -> NDArray[np.float32]:
        """(channels, samples) float32 in [-1, 1] at 16 kHz.

        Raises:
            AudioError: it cannot be decoded.
        """


@dataclass(frozen=True, slots=True)
class File:
    """An audio file of any codec, mono or stereo."""

    path: Path
    name: str

    def digest(self) -> str:
        """Of the file's bytes."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise AudioError(
                f"{self.name} cannot be read: {error.strerror}", "Is it there, and yours to read?"
            ) from error

    def samples(self) -> NDArray[np.float32]:
        """As `Recording`; decoded at 16 kHz, so that a good recording is heard as well as it can be."""
        pcm = np.concatenate(list(blocks(self.path, name=self.name, rate=RATE)), axis=1)
        return np.asarray(pcm / np.float32(32768), np.float32)


@dataclass(frozen=True, slots=True)
class CorpusClip:
    """A clip of a corpus: mono, 8 kHz."""

    folder: Path
    clip: Clip

    @property
    def name(self) -> str:
        """The clip's."""
        return self.clip.id

    def digest(self) -> str:
        """Of the clip's 16-bit samples."""
        return hashlib.sha256(read_audio(self.folder, self.clip).tobytes()).hexdigest()

    def samples(self) -> NDArray[np.float32]:
        """As `Recording`."""
        pcm = read_audio(self.folder, self.clip).astype(np.float32) / np.float32(32768)
        return np.asarray(soxr.resample(pcm, TELEPHONE, RATE), np.float32)[None]


def recordings(where: Path) -> Sequence[Recording]:
    """The clips of a corpus, or every file of a folder and its folders that may be audio, by name.

    Raises:
        DiktorError: there is nothing.
    """
    if is_corpus(where):
        return [CorpusClip(where, clip) for clip in load_clips(where)]
    inside = (path for path in where.rglob("*") if path.is_file() and not lies_beside(path))
    paths = sorted(path for path in inside if not _hidden(path.relative_to(where).parent))
    if not paths:
        raise DiktorError(f"{where} holds no recordings", "Name a folder with wav, mp3, ogg, … or a corpus")
    return [File(path, path.relative_to(where).as_posix()) for path in paths]


def is_corpus(where: Path) -> bool:
    """Whether `diktor learn corpus` made this folder, or began to."""
    return any(where.glob("shard-*.jsonl"))


def _hidden(folder: Path) -> bool:
    return any(part.startswith(".") for part in folder.parts)
