"""Stuttering, and what healthy speech has that takes as long: slow words, pauses, hesitations, words said twice.

Every event of healthy speech has the length of a stutter that the same word could have had, and as much quiet in it:
what takes long, or is broken by pauses, is no sign of stuttering.
"""

from random import Random
from typing import Literal, NamedTuple, Protocol

from diktor.learning.corpus.source import CONTINUANTS, VOWELS, Word
from diktor.learning.corpus.tape import Material, Tape
from diktor.learning.corpus.tempo import Stretch, Tempo
from diktor.learning.corpus.world import HOP_S, frame

Kind = Literal["sound", "syllable", "word", "prolongation", "block"]
KINDS: tuple[Kind, ...] = ("sound", "sound", "syllable", "syllable", "word", "prolongation", "prolongation", "block")

REPEATS = (1, 1, 2, 2, 2, 3, 3, 4)
"""How often a sound or syllable comes before the word: mild stutters are common."""

MOST_DRAWL = 3.0
"""A drawn-out vowel takes at most so many times its length; what is left over becomes a hesitation."""


LEAST_VOWEL = 0.08
"""A shorter hesitation is none."""


class Event(Protocol):
    """Something that happens at a word and takes time."""

    @property
    def kind(self) -> str:
        """What it is called in the labels."""

    @property
    def sound_s(self) -> float:
        """Seconds of sound that it adds to the word."""

    @property
    def quiet_s(self) -> float:
        """Seconds of quiet that it adds."""

    @property
    def breaks(self) -> int:
        """Into how many pauses the quiet is broken, one at least."""

    def put(self, tape: Tape, rng: Random) -> None:
        """Put it on the tape; the word follows."""


class Stutter(NamedTuple):
    """A stutter at a word: frames [start, stop) said again and again, each time so fast and with a gap in seconds, or a
    sound held, or its onset and then silence."""

    kind: Kind
    start: int
    stop: int
    repeats: tuple[tuple[float, float], ...] = ()
    held_s: float = 0.0
    silent_s: float = 0.0

    @property
    def sound_s(self) -> float:
        """Seconds of sound that it adds to the word."""
        return self.held_s + sum((self.stop - self.start) * HOP_S * factor for factor, _ in self.repeats)

    @property
    def quiet_s(self) -> float:
        """Seconds of quiet that it adds."""
        return self.silent_s + sum(gap for _, gap in self.repeats)

    @property
    def breaks(self) -> int:
        """Into how many pauses the quiet is broken, one at least."""
        return max(1, len(self.repeats))

    def put(self, tape: Tape, rng: Random) -> None:
        """Put it on the tape; the word follows."""
        source, start, stop = tape.source, self.start, self.stop
        if self.kind == "block":
            tape.put(source.cut(start, stop).again(-2.0, rng))
            tape.put(source.silence(self.silent_s, rng))
        elif self.kind == "prolongation":
            tape.copy((start + stop) // 2)
            tape.put(source.held(start, stop, self.held_s, rng))
        for factor, gap in self.repeats:
            tape.put(said_again(tape, start, stop, factor, rng))
            tape.put(source.silence(gap, rng))


class Pause(NamedTuple):
    """Quiet before sound `phone` of a word (0: before the word)."""

    phone: int
    seconds: float


class Hesitation(NamedTuple):
    """What healthy speech does at a word: a vowel drawn out before it, pauses, the word said once before, vowels of the
    word longer by so many seconds in all."""

    vowel_s: float = 0.0
    pauses: tuple[Pause, ...] = ()
    twice: bool = False
    drawl_s: float = 0.0


def stutter_at(word: Word, rng: Random) -> Stutter:
    """A stutter that this word can have."""
    kind = _possible(rng.choice(KINDS), word)
    first = word.phones[0]
    start, stop = frame(first.start), max(frame(first.end), frame(first.start) + 3)
    if kind == "block":
        return Stutter(kind, start, start + 4, silent_s=rng.uniform(0.2, 0.8))
    if kind == "prolongation":
        return Stutter(kind, start, stop, held_s=rng.uniform(0.2, 0.75))
    end = max(_unit_end(word, kind, rng), start + 6)
    times = rng.randint(1, 2) if kind == "word" else rng.choice(REPEATS)
    repeats = tuple(
        (rng.uniform(0.75, 1.15), rng.choice([0.02, 0.05, 0.1]) + rng.uniform(0, 0.12)) for _ in range(times)
    )
    return Stutter(kind, start, end, repeats)


def hesitation_at(word: Word, like: Event, rng: Random) -> Hesitation:
    """What takes as long as a stutter and has as much quiet, and is none."""
    sound, quiet, gaps = like.sound_s, like.quiet_s, like.breaks
    draw = rng.random()
    if draw < 0.08 and sound > 0.15:  # чуть-чуть, да-да: what is said twice is a whole word, and short
        length = word.end - word.start
        if abs(length - sound) < 0.2:
            return Hesitation(twice=True, pauses=_spread(quiet, (0,), 1, rng))
    vowels = sum(phone.end - phone.start for phone in word.phones if phone.phone in VOWELS)
    if draw < 0.6 and vowels:
        drawl = min(sound, vowels * (MOST_DRAWL - 1))
        rest = sound - drawl if sound - drawl > LEAST_VOWEL else 0.0
        return Hesitation(rest, _spread(quiet, breaks(word), gaps, rng), drawl_s=drawl)
    if vowels and sound > LEAST_VOWEL:
        return Hesitation(sound, _spread(quiet, (0,) if draw < 0.7 else breaks(word), gaps, rng))
    return Hesitation(pauses=_spread(quiet + sound, breaks(word), gaps, rng))


def hesitate(tape: Tape, word: Word, what: Hesitation, rng: Random) -> None:
    """Put on the tape what comes before a word; pauses inside it and slow vowels come with the word itself."""
    vowel = next((phone for phone in word.phones if phone.phone in VOWELS), None)
    if what.vowel_s and vowel is not None:
        start, stop = frame(vowel.start), max(frame(vowel.end), frame(vowel.start) + 4)
        tape.put(tape.source.held(start, stop, what.vowel_s, rng))
    if what.twice:
        tape.put(said_again(tape, frame(word.start), frame(word.end), 1.0, rng))
    pause(tape, what, 0, rng)


def pauses_before(what: Hesitation, phone: int) -> bool:
    """Whether there is a pause before sound `phone` of the word."""
    return any(place == phone for place, _ in what.pauses)


def pause(tape: Tape, what: Hesitation, phone: int, rng: Random) -> None:
    """The pauses before sound `phone` of a word."""
    for place, seconds in what.pauses:
        if place == phone:
            tape.put(tape.source.silence(seconds, rng))


def breaks(word: Word) -> tuple[int, ...]:
    """Where a word may be broken: before it, and where a syllable begins."""
    return (0, *(k for k in range(1, len(word.phones)) if _begins_syllable(word, k)))


def said_again(tape: Tape, start: int, stop: int, factor: float, rng: Random) -> Material:
    """Source frames once more, `factor` times as long."""
    piece = tape.source.cut(start, min(stop, len(tape.source)))
    piece = piece.at(Tempo(len(piece), (Stretch(0, len(piece), factor),)).places())
    return piece.again(rng.uniform(-0.6, 0.3), rng)


def _spread(seconds: float, places: tuple[int, ...], most: int, rng: Random) -> tuple[Pause, ...]:
    """Quiet as one pause or several, `most` at most, at some of the places."""
    if seconds < HOP_S:
        return ()
    count = min(len(places), most)
    shares = [rng.uniform(0.5, 1.5) for _ in range(count)]
    chosen = sorted(rng.sample(places, count))
    return tuple(Pause(place, seconds * share / sum(shares)) for place, share in zip(chosen, shares, strict=True))


def _begins_syllable(word: Word, phone: int) -> bool:
    before, this = word.phones[phone - 1].phone, word.phones[phone].phone
    after = word.phones[phone + 1].phone if phone + 1 < len(word.phones) else ""
    return before in VOWELS and this not in VOWELS and after in VOWELS


def _possible(kind: Kind, word: Word) -> Kind:
    if kind == "prolongation" and word.phones[0].phone not in CONTINUANTS:
        return "sound"
    return "syllable" if kind == "word" and len(word.phones) > 5 else kind


def _unit_end(word: Word, kind: Kind, rng: Random) -> int:
    """The source frame where the repeated unit ends."""
    if kind == "word":
        return frame(word.end)
    vowel = next((k for k, phone in enumerate(word.phones) if phone.phone in VOWELS), 0)
    end = frame(word.phones[vowel].end)
    if kind == "sound":
        onset = frame(word.phones[vowel].start) if vowel else frame(word.start)
        return min(end, max(frame(word.start) + 8, onset + rng.randint(4, 9)))
    return end
