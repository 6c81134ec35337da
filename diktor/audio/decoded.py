"""A recording's samples in a file of their own: it is decoded once, and read as often as it is needed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np

from diktor.audio import isolated
from diktor.audio.decode import Block, Facts
from diktor.audio.waveform import peaks
from diktor.releases import RATE


class Decoded:
    """Samples on disk; whoever holds it last closes it, or the file stays."""

    def __init__(self, path: Path, facts: Facts) -> None:
        self._path, self.facts = path, facts

    @classmethod
    def of(
        cls,
        recording: Path,
        folder: Path,
        max_seconds: float,
        name: str = "",
        limits: isolated.Limits = isolated.USUAL,
    ) -> Self:
        """Decode a recording into `folder`; `name` is what errors call it.

        Raises:
            AudioError: it is no audio, or beyond the limits.
            OSError: there is no room for the samples.
        """
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".pcm", delete=False) as file:
            path = Path(file.name)
        try:
            return cls(path, isolated.decode(recording, path, max_seconds, name, limits))
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def peaks(self) -> list[list[int]]:
        """How loud each channel is over time, as `waveform.peaks` says."""
        return peaks(self._path, self.facts.channels)

    def frames(self, milliseconds: int) -> Iterator[Block]:
        """(channels, samples) of so long each; a rest shorter than 20 ms, which no message may be, is padded to that
        or kept with the last frame.
        """
        channels, size, least = self.facts.channels, milliseconds * RATE // 1000, RATE // 50
        left = self._path.stat().st_size // (2 * channels)
        with self._path.open("rb") as file:
            while left:
                count = size if left >= size + least else left
                frame = np.frombuffer(file.read(2 * channels * count), np.int16).reshape(-1, channels).T
                left -= count
                short = least - count
                yield np.pad(frame, ((0, 0), (0, short))) if short > 0 else frame

    def close(self) -> None:
        """Delete the samples."""
        self._path.unlink(missing_ok=True)
