"""One utterance becomes speech with chosen defects on chosen words, and exact labels.

Healthy marker sounds stay as they were spoken: a resynthesised "healthy" sound would be a trace of editing that only
healthy speech has. Shams, slow words, pauses and hesitations are drawn from the group's seed: all versions share them,
and where one stutters the others hesitate as long.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import soxr

from diktor.defects import DEFAULT, MIXED, Defect, Taxonomy
from diktor.learning.corpus import fluency, sounds, transforms
from diktor.learning.corpus.clips import ClipWord, Mark, Stutter, Version
from diktor.learning.corpus.fluency import Hesitation
from diktor.learning.corpus.loudness import Loudness
from diktor.learning.corpus.source import RATE, VOICELESS, VOWELS, Phone, Utterance
from diktor.learning.corpus.tape import Material, Tape
from diktor.learning.corpus.tempo import Stretch, Tempo
from diktor.learning.corpus.wave import Wave
from diktor.learning.corpus.world import HOP_S, Array, Frames, Speaker, frame, synthesise

SHAM_PHONES = frozenset("b d v l n m z zh bb dd vv ll nn mm zz j h hh".split())


HALTING = 0.85
"""Share of words at which speakers of the corpus hesitate, pause or slow down, or stutter instead."""

HARDLY_HALTING = 0.1
"""The same for calls that are to be listened to."""

SHAMS = 0.12
"""Share of other consonants that are weakened."""

FASTEST = 1.1
"""Recordings are played so much faster or slower at most."""

QUICKEST = 0.75
"""A quick word takes no less of its time."""

WORD_TEMPO = 0.28
"""Spread of the words' tempo, as the standard deviation of its logarithm."""


class Plan(NamedTuple):
    """Which words (by index) have defective sounds, by marker letter, which are stuttered, and at which healthy speech
    halts as long as a stutter."""

    spoken: Mapping[str, frozenset[int]] = MappingProxyType({})
    stuttered: frozenset[int] = frozenset()
    halting: frozenset[int] = frozenset()


class Rendering(NamedTuple):
    """Samples at 16 kHz with labels in seconds.

    `time` is where a second of the source is now: before what was put in there, or (True) after it.
    """

    samples: Array
    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    stutters: tuple[Stutter, ...]
    time: Callable[[float, bool], float]


def plan(
    utterance: Utterance,
    version: Version,
    rng: Random,
    seed: str,
    halting: float = HALTING,
    severe: bool = False,
    taxonomy: Taxonomy = DEFAULT,
) -> Plan:
    """A version's defects: some of the words that can have them, all but a few when `severe`.

    `halting` is the share of words at which speech halts; which ones hangs on `seed` alone. Stutters are among them.
    """

    def some(defect: Defect, share: float) -> frozenset[int]:
        able = [k for k, word in enumerate(utterance.words) if any(p.phone in defect.phones for p in word.phones)]
        hit = [k for k in able if rng.random() < share]
        return frozenset(hit or able[:1])

    share = rng.uniform(0.8, 1.0) if severe else rng.choice([0.5, 0.5, 0.5, 0.15, 0.85])
    spoken = {
        defect.letter: some(defect, share)
        for defect in taxonomy.defects
        if defect.letter is not None and version in (defect.name, MIXED)
    }
    stuttered: frozenset[int] = frozenset()
    able = [k for k, word in enumerate(utterance.words) if len(word.phones) > 1]
    halts = [k for k in able if Random(f"{seed}/halts/{k}").random() < halting]
    if version in [taxonomy.names[place] for place in taxonomy.anywhere]:
        count = max(1, round(len(able) * (rng.uniform(0.2, 0.45) if severe else rng.uniform(0.12, 0.4))))
        among = able if severe or not halts else halts
        stuttered = frozenset(rng.sample(among, min(count, len(among))))
    return Plan(spoken, stuttered, frozenset(halts) - stuttered)


def natural(
    utterance: Utterance, samples: Array, plan_: Plan, speaker: Speaker, seed: str, taxonomy: Taxonomy = DEFAULT
) -> Rendering:
    """The recording without a vocoder, with the same pauses and slow words as all versions of this seed.

    A speaker's pitch and formants are changed together, by playing faster or slower, as far as the tempo wanted allows.
    """
    rate = min(max(1 / speaker.tempo, 1 / FASTEST), FASTEST)
    rendered = _Renderer(utterance, Wave.of(samples), plan_, seed, taxonomy).render(1 / rate, speaker.tempo * rate)
    assert isinstance(rendered.material, Wave)
    played = soxr.resample(rendered.material.samples, RATE, RATE / rate)
    return Rendering(np.asarray(played / (np.abs(played).max() + 1e-9) * 0.7), *rendered[1:])


def render(
    utterance: Utterance, source: Frames, plan_: Plan, speaker: Speaker, seed: str, taxonomy: Taxonomy = DEFAULT
) -> Rendering:
    """The utterance with the defects of a plan. The same `seed` gives the same shams, pauses and edits."""
    rendered = _Renderer(utterance, source, plan_, seed, taxonomy).render(speaker.tempo)
    assert isinstance(rendered.material, Frames)
    return Rendering(synthesise(rendered.material, speaker), *rendered[1:])


class _Rendered(NamedTuple):
    material: Material
    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    stutters: tuple[Stutter, ...]
    time: Callable[[float, bool], float]


class _Renderer:
    def __init__(self, utterance: Utterance, source: Material, plan_: Plan, seed: str, taxonomy: Taxonomy) -> None:
        self.utterance, self.plan, self.seed = utterance, plan_, seed
        self.letter_of, self.defects = taxonomy.letter_of_phone, {item.letter: item for item in taxonomy.defects}
        self.event_at = transforms.of_words(self.defects[None]) if None in self.defects else fluency.stutter_at
        self.frames = source if isinstance(source, Frames) else None
        self.tape, self.loudness = Tape(source), Loudness.of(source)
        self.marks: list[tuple[str, int, int, bool, str, int]] = []
        self.stutters: list[tuple[int, int, str]] = []
        self.phones = [(index, phone) for index, word in enumerate(utterance.words) for phone in word.phones]
        self.vowels = [phone for _, phone in self.phones if phone.phone in VOWELS]
        self.hesitations: dict[int, Hesitation] = {}

    def render(self, pace: float, whole: float = 1.0) -> _Rendered:
        """The material, all of it `whole` times as long, with labels for frames that last `pace` times as long."""
        tape, started, within = self.tape, -1, 0
        for place, (index, phone) in enumerate(self.phones):
            within = within + 1 if index == started else 0
            if index != started:
                started = index
                tape.copy(frame(phone.start))
                self._before(index)
            elif index in self.hesitations and fluency.pauses_before(self.hesitations[index], within):
                tape.copy(frame(phone.start))
                fluency.pause(tape, self.hesitations[index], within, self._rng("pause", place))
            self._phone(place, index, phone)
        tape.copy(len(tape.source))
        tempo = Tempo(tape.length, [*self._stretches(), Stretch(0, tape.length, whole)])
        second = HOP_S * pace

        def at(place: float) -> float:
            return tempo.time(place) * second

        def time(seconds: float, after: bool) -> float:
            return at(tape.place(seconds, after))

        words = tuple(
            ClipWord(word.word, time(word.start, False), time(word.end, False), index in self.plan.stuttered)
            for index, word in enumerate(self.utterance.words)
        )
        marks = tuple(Mark(letter, at(a), at(b), bad, kind, k) for letter, a, b, bad, kind, k in self.marks)
        stutters = tuple(Stutter(at(a), at(b), kind) for a, b, kind in self.stutters)
        return _Rendered(tape.material().at(tempo.places()), words, marks, stutters, time)

    def _rng(self, what: str, place: int) -> Random:
        return Random(f"{self.seed}/{what}/{place}")

    def _before(self, index: int) -> None:
        """What happens before a word is said."""
        tape, word = self.tape, self.utterance.words[index]
        if index not in self.plan.stuttered | self.plan.halting:
            return
        event = self.event_at(word, self._rng("stutter", index))
        rng = self._rng("halt", index)
        if index in self.plan.stuttered:
            start = tape.length
            event.put(tape, rng)
            self.stutters.append((start, tape.length, event.kind))
        else:
            parts = event.parts(self.loudness)
            self.hesitations[index] = fluency.hesitation_at(word, parts, self.vowels, self.loudness, rng)
            fluency.hesitate(tape, word, self.hesitations[index], rng)

    def _stretches(self) -> Iterator[Stretch]:
        """Words have each their tempo: slow ones are slow in their vowels."""
        tape = self.tape
        for index, word in enumerate(self.utterance.words):
            factor = math.exp(self._rng("tempo", index).gauss(0.0, WORD_TEMPO))
            vowels = [phone for phone in word.phones if phone.phone in VOWELS]
            sung = sum(phone.end - phone.start for phone in vowels)
            drawl = self.hesitations[index].drawl_s if index in self.hesitations else 0.0
            if factor < 1:
                start, stop = tape.place(word.start, after=True), tape.place(word.end)
                yield Stretch(round(start), round(stop), max(QUICKEST, factor))
            else:
                drawl += (factor - 1) * (word.end - word.start)
            for phone in vowels if drawl and sung else ():
                start, stop = tape.place(phone.start, after=True), tape.place(phone.end)
                yield Stretch(round(start), round(stop), 1 + min(drawl / sung, fluency.MOST_DRAWL))

    def _phone(self, place: int, index: int, phone: Phone) -> None:
        tape, frames = self.tape, self.frames
        start, stop = max(frame(phone.start), tape.position), min(frame(phone.end), len(tape.source) - 3)
        if stop - start < 3:
            return
        letter = self.letter_of.get(phone.phone)
        rng = self._rng("phone", place)
        if frames is not None and letter is not None and index in self.plan.spoken.get(letter, ()):
            transform = transforms.of_sounds(self.defects[letter])
            self._replace(transform(frames, self._spot(place, start, stop), phone.phone, rng), letter, index)
        elif letter is not None:
            tape.copy(start)
            self.marks.append((letter, tape.length, tape.length + stop - start, False, "natural", index))
            tape.copy(stop)
        elif frames is not None and phone.phone in SHAM_PHONES and rng.random() < SHAMS:
            self._replace(sounds.sham(frames, self._spot(place, start, stop), rng), None, index)
        else:
            tape.copy(stop)

    def _spot(self, place: int, start: int, stop: int) -> sounds.Place:
        phone = self.phones[place][1]
        before = self.phones[place - 1][1] if place else None
        after = self.phones[place + 1][1] if place + 1 < len(self.phones) else None
        voiced_before = before is not None and before.end > phone.start - 0.02 and before.phone not in VOICELESS
        voiced_after = after is not None and after.start < phone.end + 0.02 and after.phone not in VOICELESS
        return sounds.Place(start, stop, voiced_before, voiced_after)

    def _replace(self, new: sounds.Replacement, letter: str | None, index: int) -> None:
        tape = self.tape
        tape.copy(new.start)
        late = max(0, tape.position - new.start)  # the edit before reached into this one
        begin = tape.length + max(0, new.onset - late)
        tape.put(new.frames.cut(late, len(new.frames)))
        tape.skip(new.stop)
        if letter is not None:
            self.marks.append((letter, begin, min(begin + new.core, tape.length), True, new.kind, index))
