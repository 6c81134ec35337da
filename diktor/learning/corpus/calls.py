"""Calls: an operator and a customer on two channels, some of them with a defect, as small files with exact labels.

The sentences were never trained on; most operators have voices that were never trained on either.
"""

import io
from collections.abc import Callable
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.defects import NAMES, by_name
from diktor.learning.corpus import source
from diktor.learning.corpus.channel import TELEPHONE, telephone
from diktor.learning.corpus.clips import ClipWord, Mark, Stutter, Version, later
from diktor.learning.corpus.render import HARDLY_HALTING, Rendering, natural, plan, render
from diktor.learning.corpus.source import Utterance
from diktor.learning.corpus.world import Frames, Speaker, analyse

FORMATS = ("ogg", "mp3", "wav", "ogg", "mp3", "flac", "ogg", "mp3", "wav", "ogg", "mp3", "ogg")

SCRIPT: tuple[Version, ...] = (
    "healthy", "rhotacism", "healthy", "fricative_g", "stuttering", "healthy", "rhotacism", "healthy",
    "fricative_g", "rhotacism", "healthy", "stuttering", "healthy", "fricative_g", "rhotacism", "healthy",
    "stuttering", "rhotacism", "healthy", "fricative_g", "healthy", "rhotacism", "stuttering", "fricative_g",
)  # fmt: skip
"""What the operators of the demonstration's calls have, in order."""

TURNS = 7
"""Of the operator in a call of about a minute; the customer answers every other time."""


class Operator(NamedTuple):
    """A fictitious operator: a voice, changed a little."""

    id: str
    team: str
    voice: str
    speaker: Speaker


OPERATORS = (
    Operator("op-01", "north", "Irina", Speaker(1.0, 1.0, 1.0)),
    Operator("op-02", "north", "Irina", Speaker(0.9, 0.97, 1.05)),
    Operator("op-03", "north", "Irina", Speaker(1.1, 1.04, 0.95)),
    Operator("op-04", "north", "festival", Speaker(1.0, 1.0, 1.0)),
    Operator("op-05", "south", "festival", Speaker(1.12, 1.05, 0.96)),
    Operator("op-06", "south", "Irina", Speaker(0.82, 0.92, 1.0)),
    Operator("op-07", "south", "Aleksandr", Speaker(0.97, 1.0, 1.02)),
    Operator("op-08", "south", "Elena", Speaker(1.03, 1.02, 0.98)),
)
"""Each has one way to speak: whoever has a defect has it in every call."""

CUSTOMERS = (
    ("Anna", Speaker(1.0, 1.0, 1.0)),
    ("Aleksandr", Speaker(0.92, 1.0, 1.0)),
    ("Elena", Speaker(1.1, 1.0, 1.0)),
)


class Demo(msgspec.Struct):
    """A line of `calls.json`; `truth` is what each channel was given."""

    file: str
    operator_id: str
    team_id: str
    direction: str
    seconds: float
    truth: dict[str, Version]


class Channel(msgspec.Struct, frozen=True):
    """A line of `labels.jsonl`: what one channel of a call holds, in seconds of the call."""

    file: str
    channel: int
    version: Version
    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    stutters: tuple[Stutter, ...]


class Turn(NamedTuple):
    """What one side says at a time: (samples,) at 8 kHz and its labels, in seconds of these."""

    channel: int
    pcm: NDArray[np.int16]
    said: Rendering


def make(
    folder: Path, out: Path, count: int, seed: int, advance: Callable[[int, int], None], turns: int = TURNS
) -> list[Demo]:
    """Write `count` calls of so many turns, their list and their labels into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    studio = _Studio(folder, seed)
    calls: list[Demo] = []
    labels: list[Channel] = []
    for number in range(count):
        call, channels = _call(studio, out, number, turns)
        calls.append(call)
        labels += channels
        advance(number + 1, count)
    (out / "labels.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in labels))
    document: dict[str, Any] = {
        "note": "Synthetic voices and synthetic defects, made by: diktor learn corpus --calls",
        "seed": seed,
        "calls": msgspec.to_builtins(calls),
    }
    (out / "calls.json").write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
    return calls


class _Studio:
    """Held-out sentences by voice, analysed once."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        utterances = source.load(folder)
        parts = source.split(utterances)
        texts = {u.text for u in (*parts["dev"], *parts["test"])}
        self._lines: dict[str, list[Utterance]] = {}
        for utterance in utterances:
            if utterance.text in texts:
                self._lines.setdefault(utterance.voice, []).append(utterance)
        self.analysed = lru_cache(maxsize=64)(self._analysed)

    def lines(self, voice: str, version: Version, rng: Random) -> list[Utterance]:
        """Sentences for one side of a call; a defect of a letter gets sentences that have it."""
        letters = by_name(version).letter if version in NAMES else None
        lines = sorted(self._lines[voice], key=lambda u: u.id)
        rng.shuffle(lines)
        if letters is not None:
            lines.sort(key=lambda u: -u.text.lower().count(letters))
            lines = lines[: max(TURNS, len(lines) // 2)]
            rng.shuffle(lines)
        return lines

    def say(self, channel: int, utterance: Utterance, version: Version, speaker: Speaker, rng: Random) -> Turn:
        """One sentence through a good telephone line."""
        seed = f"{self.seed}/{rng.random()}"
        chosen = plan(utterance, version, rng, seed, HARDLY_HALTING, severe=True)
        if version == "healthy" and speaker == Speaker():
            rendering = natural(utterance, source.audio(self.folder, utterance), chosen, speaker, seed)
        else:
            rendering = render(utterance, self.analysed(utterance), chosen, speaker, seed)
        heard = telephone(rendering.samples, rng, codec="none", clean=True)
        return Turn(channel, heard.pcm, _later(rendering, heard.lead_s))

    def _analysed(self, utterance: Utterance) -> Frames:
        return analyse(source.audio(self.folder, utterance))


def _call(studio: _Studio, out: Path, number: int, count: int) -> tuple[Demo, list[Channel]]:
    rng = Random(f"{studio.seed}/call/{number}")
    version = SCRIPT[number % len(SCRIPT)]
    operator = _cast(number, version)
    voice, speaker = CUSTOMERS[number % len(CUSTOMERS)]
    theirs: Version = "rhotacism" if number == 7 else "healthy"
    ours = cycle(studio.lines(operator.voice, version, rng))
    others = cycle(studio.lines(voice, theirs, rng))
    turns: list[Turn] = []
    for _ in range(count):
        turns.append(studio.say(0, next(ours), version, operator.speaker, rng))
        turns += [studio.say(1, next(others), theirs, speaker, rng) for _ in range(rng.choice([0, 1]))]
    pcm, starts = _mixed(turns, rng)
    name = f"call-{number + 1:02d}.{FORMATS[number % len(FORMATS)]}"
    (out / name).write_bytes(encoded(pcm, name.rsplit(".", 1)[1]))
    demo = Demo(
        file=name,
        operator_id=operator.id,
        team_id=operator.team,
        direction=rng.choice(["inbound", "outbound"]),
        seconds=round(pcm.shape[1] / TELEPHONE, 2),
        truth={"operator": version, "customer": theirs},
    )
    return demo, [_labels(name, channel, what, turns, starts) for channel, what in enumerate((version, theirs))]


def _labels(file: str, channel: int, version: Version, turns: list[Turn], starts: list[int]) -> Channel:
    """A channel's labels; marks name their word by its number in the channel."""
    words: list[ClipWord] = []
    marks: list[Mark] = []
    stutters: list[Stutter] = []
    for turn, start in zip(turns, starts, strict=True):
        if turn.channel != channel:
            continue
        said = _later(turn.said, start / TELEPHONE)
        marks += [msgspec.structs.replace(mark, word=mark.word + len(words)) for mark in said.marks]
        words += said.words
        stutters += said.stutters
    return Channel(file, channel, version, tuple(words), tuple(marks), tuple(stutters))


def _later(said: Rendering, seconds: float) -> Rendering:
    return said._replace(
        words=later(said.words, seconds), marks=later(said.marks, seconds), stutters=later(said.stutters, seconds)
    )


def _cast(number: int, version: Version) -> Operator:
    """Healthy operators, and those with each defect, are different people."""
    people: dict[Version, tuple[int, ...]] = {
        "healthy": (0, 3, 6), "rhotacism": (1, 4), "fricative_g": (2, 7), "stuttering": (5,),
    }  # fmt: skip
    return OPERATORS[people[version][number % len(people[version])]]


def _mixed(turns: list[Turn], rng: Random) -> tuple[NDArray[np.int16], list[int]]:
    """Turns one after another on (2, samples), with pauses and now and then a little overlap, over a line's hiss; and
    the samples where they begin."""
    noise = np.random.RandomState(rng.randrange(2**31))
    position, starts = TELEPHONE // 2, []
    for turn in turns:
        starts.append(position)
        position += len(turn.pcm) + int(TELEPHONE * rng.uniform(-0.4, 0.8))
    total = max(start + len(turn.pcm) for start, turn in zip(starts, turns, strict=True)) + TELEPHONE // 2
    mix = np.rint(noise.randn(2, total) * 12).astype(np.int32)
    for start, turn in zip(starts, turns, strict=True):
        mix[turn.channel, start : start + len(turn.pcm)] += turn.pcm
    return np.clip(mix, -32768, 32767).astype(np.int16), starts


def encoded(pcm: NDArray[np.int16], suffix: str) -> bytes:
    """(2, samples) at 8 kHz as a file: A-law wav, Opus in ogg, mp3 at 32 kbit/s, flac."""
    name, layout_rate, bits = {
        "wav": ("pcm_alaw", TELEPHONE, 0),
        "ogg": ("libopus", 48000, 40_000),
        "mp3": ("libmp3lame", TELEPHONE, 32_000),
        "flac": ("flac", TELEPHONE, 0),
    }[suffix]
    file = io.BytesIO()
    with av.open(file, "w", format=suffix, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream(name, rate=layout_rate)
        stream.layout = "stereo"
        if bits:
            stream.bit_rate = bits
        interleaved = np.ascontiguousarray(pcm.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout="stereo")
        frame.sample_rate = TELEPHONE
        context = stream.codec_context
        resampler = av.AudioResampler(context.format or "s16", "stereo", layout_rate, context.frame_size or 1024)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()
