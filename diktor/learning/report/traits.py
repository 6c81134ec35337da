"""What figures are told apart by: voice, sex, channel, noise, and how severe the defect is."""

from collections.abc import Sequence
from typing import NamedTuple

from diktor.audio.grid import Window
from diktor.defects import Defect
from diktor.learning.calls import RATE, Call
from diktor.learning.corpus.clips import Clip

WOMEN, MEN = ("Anna", "Elena", "Irina"), ("Aleksandr", "festival")
"""The voices of `assets/speech`."""

SNR_BANDS = (15.0, 25.0)
SHARES = (1 / 3, 2 / 3)
"""Of a window's sounds that are defective."""

SECONDS = (0.5, 1.0)
"""Of stutter in a window."""

TRAITS = ("voice", "sex", "codec", "SNR", "severity")


class Stretch(NamedTuple):
    """A clip within a call, in seconds of the call."""

    clip: Clip
    start: float
    end: float


def stretches(call: Call) -> list[Stretch]:
    """Where each clip of a call lies."""
    found, start = [], 0.0
    for clip in call.clips:
        found.append(Stretch(clip, start, start + clip.length / RATE))
        start = found[-1].end
    return found


def of_window(parts: Sequence[Stretch], window: Window) -> dict[str, str]:
    """Of the clip that fills most of a window."""
    start, end = window.start_ms / 1000, window.end_ms / 1000
    return of_clip(max(parts, key=lambda part: min(part.end, end) - max(part.start, start)).clip)


def of_word(parts: Sequence[Stretch], start: float) -> dict[str, str]:
    """Of the clip a word is in."""
    return of_clip(next((part for part in parts if part.start <= start < part.end), parts[-1]).clip)


def of_call(call: Call) -> dict[str, str]:
    """Of a call, whose clips went through channels of their own: voice and sex, mean SNR."""
    clip = call.clips[0]
    snr = sum(clip.snr_db for clip in call.clips) / len(call.clips)
    voice = ", ".join(sorted({clip.voice for clip in call.clips}))
    return {"voice": voice, "sex": sex(clip.voice), "SNR": band(snr, SNR_BANDS, "dB"), "codec": _shared(call)}


def of_clip(clip: Clip) -> dict[str, str]:
    """Of a clip: voice, sex, codec, SNR."""
    return {
        "voice": clip.voice,
        "sex": sex(clip.voice),
        "codec": clip.codec,
        "SNR": band(clip.snr_db, SNR_BANDS, "dB"),
    }


def sex(voice: str) -> str:
    """Of a voice of the source speech; other corpora do not say."""
    return "female" if voice in WOMEN else "male" if voice in MEN else "unknown"


def severity(call: Call, window: Window, defect: Defect) -> str:
    """How much of what could be defective in a window is; of a stutter how long it lasts. Nothing: ``."""
    start, end = window.start_ms / 1000, window.end_ms / 1000
    if defect.letter is None:
        seconds = sum(max(0.0, min(s.end, end) - max(s.start, start)) for s in call.stutters)
        return band(seconds, SECONDS, "s") if seconds else ""
    inside = [m for m in call.marks if m.letter == defect.letter and start <= (m.start + m.end) / 2 < end]
    bad = sum(mark.defective for mark in inside)
    return band(bad / len(inside), SHARES, "of sounds") if bad else ""


def band(value: float, edges: Sequence[float], unit: str) -> str:
    """The band a value lies in, by name."""
    names = [f"{edge:.2g}" for edge in edges]
    below = sum(value >= edge for edge in edges)
    if below == 0:
        return f"under {names[0]} {unit}"
    return f"{names[-1]} {unit} and more" if below == len(edges) else f"{names[below - 1]}–{names[below]} {unit}"


def _shared(call: Call) -> str:
    codecs = {clip.codec for clip in call.clips}
    return codecs.pop() if len(codecs) == 1 else "several"
