"""Pictures of speech: a spectrogram, the sounds that are labelled in it and what was heard where."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft

from diktor.learning.corpus.clips import Mark, Stutter
from diktor.releases import RATE
from diktor.rows import Span

WINDOW, HOP = 160, 40
"""Samples: 20 ms every 5 ms, so that the 20 to 30 strokes a second of a uvular trill can be seen."""

RANGE = 60.0
"""Decibels below the loudest that are still told apart."""

DEFECTIVE, SOUND, HEARD = "tab:red", "tab:green", "tab:orange"


class Spectrogram(NamedTuple):
    """`decibels` (F, T) below the loudest, at `hertz` (F,) and `seconds` (T,)."""

    seconds: NDArray[np.float64]
    hertz: NDArray[np.float64]
    decibels: NDArray[np.float64]


def spectrogram(pcm: NDArray[np.int16]) -> Spectrogram:
    """Of (samples,) int16 at 8 kHz, no more than `RANGE` deep; of digital silence the lowest everywhere."""
    hertz, seconds, values = stft(pcm.astype(np.float64), RATE, nperseg=WINDOW, noverlap=WINDOW - HOP)
    power = np.abs(values) ** 2
    loudest = max(float(power.max()), 1e-9)
    return Spectrogram(seconds, hertz, np.maximum(10 * np.log10(np.maximum(power / loudest, 1e-12)), -RANGE))


def draw(
    axes: Any,
    pcm: NDArray[np.int16],
    marks: Iterable[Mark] = (),
    stutters: Iterable[Stutter] = (),
    evidence: Iterable[Span] = (),
    start_s: float = 0.0,
) -> None:
    """The spectrogram on matplotlib's axes, its first sample at `start_s`.

    Labelled letters stand over it, red where they are defective; stutters are shaded; what was heard is a line below.
    """
    picture = spectrogram(pcm)
    end_s = start_s + len(pcm) / RATE
    axes.imshow(
        picture.decibels,
        origin="lower",
        aspect="auto",
        cmap="magma",
        extent=(start_s, end_s, 0, RATE / 2000),
        vmin=-RANGE,
    )
    axes.set(xlabel="s", ylabel="kHz", xlim=(start_s, end_s))
    for mark in marks:
        middle = (mark.start + mark.end) / 2
        if start_s <= middle < end_s:
            colour = DEFECTIVE if mark.defective else SOUND
            axes.axvspan(mark.start, mark.end, color=colour, alpha=0.3)
            axes.annotate(mark.letter, (middle, 1), xycoords=("data", "axes fraction"), color=colour, ha="center")
    for stutter in stutters:
        if stutter.start < end_s and stutter.end > start_s:
            axes.axvspan(max(stutter.start, start_s), min(stutter.end, end_s), color=DEFECTIVE, alpha=0.15)
    for span in evidence:
        axes.plot((span.start_ms / 1000, span.end_ms / 1000), (0.1, 0.1), color=HEARD, linewidth=4)
