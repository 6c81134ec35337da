"""A recording scored in this process as in service: the same grid, the same gate, the same rows, the same verdicts."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.audio.decode import blocks
from diktor.audio.vad import VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.learning.in_service import rows_of
from diktor.releases import Release
from diktor.rows import ChannelVerdict, WindowRow
from diktor.scoring.verdict import verdicts

CHANNELS = {1: ("mixed",), 2: ("operator", "customer")}


class Listened(NamedTuple):
    """`pcm` (samples,) int16 at 8 kHz by channel, its windows' rows in order, its verdicts."""

    pcm: dict[str, NDArray[np.int16]]
    rows: tuple[WindowRow, ...]
    verdicts: tuple[ChannelVerdict, ...]


def listen(recording: Path, ensemble: Ensemble, release: Release) -> Listened:
    """Score a recording of any codec, mono or stereo.

    Raises:
        AudioError: it is no audio.
    """
    samples = np.concatenate(list(blocks(recording)), axis=1)
    pcm = dict(zip(CHANNELS[len(samples)], samples, strict=True))
    activity = VoiceActivity()
    rows = tuple(
        row
        for name, channel in pcm.items()
        for row in rows_of(channel, recording.stem, name, ensemble, activity, release)
    )
    return Listened(pcm, rows, verdicts(rows, release))
