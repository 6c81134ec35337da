"""A window's dead letter that was put back becomes that window again."""

import numpy as np

from diktor.audio.formats import decode_wire
from diktor.audio.grid import Grid, Window
from diktor.audio.windows import Assembled, to_pcm
from diktor.events import CallAudio
from diktor.releases import RATE


def put_back(event: CallAudio, grid: Grid) -> Assembled | None:
    """The window that a window's dead letter holds; None when the grid has no such window."""
    start, end = event.position_ms, event.window_end_ms
    index, beside = divmod(start, grid.hop_ms)
    if end is None or beside or not start < end <= start + grid.length_ms or event.rate != RATE:
        return None
    pcm = np.zeros(grid.length_ms * RATE // 1000, np.int16)
    samples = to_pcm(decode_wire(event))[: len(pcm)]
    pcm[: len(samples)] = samples
    return Assembled(Window(index, start, end), pcm)
