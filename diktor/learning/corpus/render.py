"""One utterance becomes speech with chosen defects on chosen words, and exact labels.

Healthy р and г stay as they were spoken: a resynthesised "healthy" sound would be a trace of editing that only healthy
speech has. Shams, slow words and hesitations are drawn from the group's seed, so that all versions share them.
"""

from random import Random
from typing import NamedTuple

from diktor.learning.corpus import fluency, sounds
from diktor.learning.corpus.clips import ClipWord, Mark, Stutter, Version
from diktor.learning.corpus.source import PHONES_OF, VOICELESS, VOWELS, Phone, Utterance
from diktor.learning.corpus.world import HOP_S, Array, Frames, Speaker, Tape, frame, synthesise

SHAM_PHONES = frozenset("b d v l n m z zh bb dd vv ll nn mm zz j h hh".split())
LETTER_OF = {phone: letter for letter, phones in PHONES_OF.items() for phone in phones}


class Plan(NamedTuple):
    """Which words (by index) get which defect."""

    uvular: frozenset[int] = frozenset()
    fricative: frozenset[int] = frozenset()
    stuttered: frozenset[int] = frozenset()


class Rendering(NamedTuple):
    """Samples at 16 kHz with labels in seconds."""

    samples: Array
    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    stutters: tuple[Stutter, ...]


def plan(utterance: Utterance, version: Version, rng: Random, severe: bool = False) -> Plan:
    """A version's defects: some of the words that can have them, all but a few when `severe`."""

    def some(letter: str, share: float) -> frozenset[int]:
        able = [k for k, word in enumerate(utterance.words) if any(p.phone in PHONES_OF[letter] for p in word.phones)]
        hit = [k for k in able if rng.random() < share]
        return frozenset(hit or able[:1])

    share = rng.uniform(0.8, 1.0) if severe else rng.choice([0.5, 0.5, 0.5, 0.15, 0.85])
    uvular = some("р", share) if version in ("rhotacism", "mixed") else frozenset()
    fricative = some("г", share) if version in ("fricative_g", "mixed") else frozenset()
    stuttered: frozenset[int] = frozenset()
    if version == "stuttering":
        able = [k for k, word in enumerate(utterance.words) if len(word.phones) > 1]
        count = max(1, round(len(able) * rng.uniform(0.2, 0.45)))
        stuttered = frozenset(rng.sample(able, min(count, len(able))))
    return Plan(uvular, fricative, stuttered)


def natural(utterance: Utterance, samples: Array) -> Rendering:
    """The recording as it is, with its labels."""
    marks = tuple(
        Mark(LETTER_OF[phone.phone], phone.start, phone.end, False, "natural", index)
        for index, word in enumerate(utterance.words)
        for phone in word.phones
        if phone.phone in LETTER_OF
    )
    words = tuple(ClipWord(word.word, word.start, word.end, False) for word in utterance.words)
    return Rendering(samples, words, marks, ())


def render(utterance: Utterance, source: Frames, plan_: Plan, speaker: Speaker, seed: str) -> Rendering:
    """The utterance with the defects of a plan. The same `seed` gives the same shams, pauses and edits."""
    return _Renderer(utterance, source, plan_, seed).render(speaker)


class _Renderer:
    def __init__(self, utterance: Utterance, source: Frames, plan_: Plan, seed: str) -> None:
        self.utterance, self.plan, self.seed = utterance, plan_, seed
        self.tape = Tape(source)
        self.marks: list[tuple[str, int, int, bool, str, int]] = []
        self.stutters: list[tuple[int, int, str]] = []
        self.phones = [(index, phone) for index, word in enumerate(utterance.words) for phone in word.phones]

    def render(self, speaker: Speaker) -> Rendering:
        tape, started = self.tape, -1
        for place, (index, phone) in enumerate(self.phones):
            if index != started:
                started = index
                tape.copy(frame(phone.start))
                self._before(index)
            self._phone(place, index, phone)
        tape.copy(len(tape.source))
        second = HOP_S * speaker.tempo
        words = tuple(
            ClipWord(
                word.word,
                tape.time(word.start) * speaker.tempo,
                tape.time(word.end) * speaker.tempo,
                index in self.plan.stuttered,
            )
            for index, word in enumerate(self.utterance.words)
        )
        marks = tuple(Mark(letter, a * second, b * second, bad, kind, k) for letter, a, b, bad, kind, k in self.marks)
        stutters = tuple(Stutter(a * second, b * second, kind) for a, b, kind in self.stutters)
        return Rendering(synthesise(tape.frames(), speaker), words, marks, stutters)

    def _rng(self, what: str, place: int) -> Random:
        return Random(f"{self.seed}/{what}/{place}")

    def _before(self, index: int) -> None:
        """What happens before a word is said."""
        tape, word = self.tape, self.utterance.words[index]
        if index in self.plan.stuttered:
            start = tape.length
            kind = fluency.stutter(tape, word, self._rng("stutter", index))
            self.stutters.append((start, tape.length, kind))
        elif (rng := self._rng("hesitation", index)).random() < 0.12:
            fluency.hesitate(tape, word, rng)

    def _phone(self, place: int, index: int, phone: Phone) -> None:
        tape = self.tape
        start, stop = max(frame(phone.start), tape.position), min(frame(phone.end), len(tape.source) - 3)
        if stop - start < 3:
            return
        letter = LETTER_OF.get(phone.phone)
        rng = self._rng("phone", place)
        if letter == "р" and index in self.plan.uvular:
            spot = self._spot(place, start, stop)
            self._replace(sounds.rhotic(tape.source, spot, phone.phone == "rr", rng), letter, index)
        elif letter == "г" and index in self.plan.fricative:
            self._replace(sounds.fricative_g(tape.source, self._spot(place, start, stop), rng), letter, index)
        elif letter is not None:
            tape.copy(start)
            self.marks.append((letter, tape.length, tape.length + stop - start, False, "natural", index))
            tape.copy(stop)
        elif phone.phone in SHAM_PHONES and rng.random() < 0.12:
            self._replace(sounds.sham(tape.source, self._spot(place, start, stop), rng), None, index)
        elif phone.phone in VOWELS and rng.random() < 0.08:
            tape.copy(start)
            tape.put(fluency.slowed(tape.source.cut(start, stop), rng.uniform(1.1, 1.9)))
            tape.skip(stop)
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
