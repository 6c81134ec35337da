"""Stuttering, and what healthy speech has that takes as long: slow words, pauses, hesitations, words said twice.

Every event of healthy speech stands for a stutter that the same word could have had: it takes as long, is as loud, and
is broken by as many pauses of the same length. What takes long, or halts, is no sign of stuttering.
"""

from collections.abc import Sequence
from random import Random
from typing import Literal, NamedTuple, Protocol

from diktor.learning.corpus.loudness import Loudness
from diktor.learning.corpus.source import CONTINUANTS, VOWELS, Phone, Word
from diktor.learning.corpus.tape import Material, Tape
from diktor.learning.corpus.tempo import Stretch, Tempo
from diktor.learning.corpus.world import HOP_S, frame

Kind = Literal["sound", "syllable", "word", "prolongation", "block"]
KINDS: tuple[Kind, ...] = ("sound", "sound", "syllable", "syllable", "word", "prolongation", "prolongation", "block")

REPEATS = (1, 1, 2, 2, 2, 3, 3, 4)
"""How often a sound or syllable comes before the word: mild stutters are common."""

MOST_DRAWL = 3.0
"""A drawn-out vowel takes at most so many times its length; what is left over becomes a hesitation."""

LEAST_VOWEL = 0.03
"""A shorter hesitation is none."""

ALIKE = -1.0
"""Vowels are drawn out for sounds that are hardly quieter than they (logarithm of power)."""

BEFORE = -1
"""The place of a pause before the drawn-out vowel that comes before a word."""


class Part(NamedTuple):
    """Sound and the quiet after it, in seconds; `level` is the sound's loudness (logarithm of power)."""

    sound_s: float
    quiet_s: float
    level: float


class Event(Protocol):
    """Something that happens at a word and takes time."""

    @property
    def kind(self) -> str:
        """What it is called in the labels."""

    def parts(self, loudness: Loudness) -> tuple[Part, ...]:
        """What it adds to the word, one after another."""

    def put(self, tape: Tape, rng: Random) -> None:
        """Put it on the tape; the word follows."""


BLOCKED, UNDER = 4, -2.0
"""Frames of a word that are heard before it is blocked, and how much under their loudness."""


class Stutter(NamedTuple):
    """A stutter at a word: frames [start, stop) said again and again, each time so fast and with a gap in seconds, or a
    sound held, or its onset and then silence."""

    kind: Kind
    start: int
    stop: int
    repeats: tuple[tuple[float, float], ...] = ()
    held_s: float = 0.0
    silent_s: float = 0.0

    def parts(self, loudness: Loudness) -> tuple[Part, ...]:
        """What it adds to the word; the closure of a plosive is quiet."""
        if self.kind == "block":
            return (Part(BLOCKED * HOP_S, self.silent_s, loudness.level(self.start, self.start + BLOCKED) + UNDER),)
        level, quiet = loudness.level(self.start, self.stop), loudness.quiet(self.start, self.stop)
        if self.kind == "prolongation":
            return (Part(self.held_s, 0.0, level),)
        lengths = [((self.stop - self.start) * HOP_S * factor, gap) for factor, gap in self.repeats]
        return tuple(Part(length * (1 - quiet), gap + length * quiet, level) for length, gap in lengths)

    def put(self, tape: Tape, rng: Random) -> None:
        """Put it on the tape; the word follows."""
        source, start, stop = tape.source, self.start, self.stop
        if self.kind == "block":
            tape.put(source.cut(start, stop).again(UNDER, rng))
            tape.put(source.silence(self.silent_s, rng))
        elif self.kind == "prolongation":
            tape.copy((start + stop) // 2)
            tape.put(source.held(start, stop, self.held_s, rng))
        for factor, gap in self.repeats:
            tape.put(said_again(tape, start, stop, factor, rng))
            tape.put(source.silence(gap, rng))


class Pause(NamedTuple):
    """Quiet before sound `phone` of a word (0: before the word, `BEFORE`: before what is drawn out before it)."""

    phone: int
    seconds: float


class Filler(NamedTuple):
    """Source frames [start, stop) of a vowel, drawn out to so many seconds, `level` louder."""

    start: int
    stop: int
    seconds: float
    level: float


class Hesitation(NamedTuple):
    """What healthy speech does at a word: a vowel drawn out before it, pauses, the word said once before, vowels of the
    word longer by so many seconds in all."""

    filler: Filler | None = None
    pauses: tuple[Pause, ...] = ()
    twice: bool = False
    drawl_s: float = 0.0


def stutter_at(word: Word, rng: Random) -> Stutter:
    """A stutter that this word can have."""
    kind = _possible(rng.choice(KINDS), word)
    first = word.phones[0]
    start, stop = frame(first.start), max(frame(first.end), frame(first.start) + 3)
    if kind == "block":
        return Stutter(kind, start, start + BLOCKED, silent_s=rng.uniform(0.2, 0.8))
    if kind == "prolongation":
        return Stutter(kind, start, stop, held_s=rng.uniform(0.2, 0.75))
    end = max(_unit_end(word, kind, rng), start + 6)
    times = rng.randint(1, 2) if kind == "word" else rng.choice(REPEATS)
    repeats = tuple(
        (rng.uniform(0.75, 1.15), rng.choice([0.02, 0.05, 0.1]) + rng.uniform(0, 0.12)) for _ in range(times)
    )
    return Stutter(kind, start, end, repeats)


def hesitation_at(
    word: Word, parts: Sequence[Part], vowels: Sequence[Phone], loudness: Loudness, rng: Random
) -> Hesitation:
    """What takes as long as a stutter of these parts, is as loud, has its pauses, and is none.

    `vowels` are those of the utterance: one that the word does not begin with can be drawn out before it.
    """
    sound = sum(part.sound_s for part in parts)
    level = sum(part.level * part.sound_s for part in parts) / max(sound, HOP_S)
    quiet = [part.quiet_s for part in parts if part.quiet_s >= HOP_S]
    own = [phone for phone in word.phones if phone.phone in VOWELS]
    others = [phone for phone in vowels if phone.phone != word.phones[0].phone]
    length = word.end - word.start
    draw = rng.random()
    if draw < 0.08 and len(quiet) < 2 and abs(length - sound) < 0.2:  # чуть-чуть, да-да: a whole word, and short
        return Hesitation(pauses=_placed(quiet, (0,), rng), twice=True)
    sung, drawl = sum(phone.end - phone.start for phone in own), 0.0
    if draw < 0.4 and own and level - _level(loudness, own) > ALIKE:
        drawl = min(sound, sung * (MOST_DRAWL - 1))
    filler = None
    if others and sound - drawl > LEAST_VOWEL:
        chosen = rng.choice(others)
        louder = min(1.0, max(-6.0, level - _level(loudness, [chosen])))
        start, stop = frame(chosen.start), max(frame(chosen.end), frame(chosen.start) + 4)
        filler = Filler(start, stop, sound - drawl, louder)
    return Hesitation(filler, _placed(quiet, breaks(word, filler is not None, rng), rng), drawl_s=drawl)


def hesitate(tape: Tape, word: Word, what: Hesitation, rng: Random) -> None:
    """Put on the tape what comes before a word; pauses inside it and slow vowels come with the word itself."""
    pause(tape, what, BEFORE, rng)
    if what.filler is not None:
        start, stop, seconds, level = what.filler
        tape.put(tape.source.held(start, stop, seconds, rng).again(level, rng))
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


def breaks(word: Word, filled: bool, rng: Random) -> tuple[int, ...]:
    """Where a word may be broken, likelier places first: around what is drawn out before it, where a syllable begins,
    and last at any sound."""
    outside, inside = [0, *([BEFORE] if filled else [])], range(1, len(word.phones))
    first = outside + [k for k in inside if _begins_syllable(word, k)]
    rest = [k for k in inside if k not in first]
    rng.shuffle(first)
    rng.shuffle(rest)
    return (*first, *rest)


def said_again(tape: Tape, start: int, stop: int, factor: float, rng: Random) -> Material:
    """Source frames once more, `factor` times as long."""
    piece = tape.source.cut(start, min(stop, len(tape.source)))
    piece = piece.at(Tempo(len(piece), (Stretch(0, len(piece), factor),)).places())
    return piece.again(rng.uniform(-0.6, 0.3), rng)


def _placed(seconds: Sequence[float], places: Sequence[int], rng: Random) -> tuple[Pause, ...]:
    """Each quiet at a place of its own, as far as there are so many; the rest makes the others longer."""
    lengths = sorted(seconds, reverse=True)
    kept, rest = lengths[: len(places)], sum(lengths[len(places) :])
    rng.shuffle(kept)
    return tuple(sorted(Pause(place, length + rest / len(kept)) for place, length in zip(places, kept, strict=False)))


def _level(loudness: Loudness, phones: Sequence[Phone]) -> float:
    """The mean loudness of sounds."""
    return sum(loudness.level(frame(phone.start), frame(phone.end)) for phone in phones) / len(phones)


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
