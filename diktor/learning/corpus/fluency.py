"""Stuttering, and what healthy speech has that looks like it: hesitations, pauses, slow words, doubled words."""

from random import Random
from typing import Literal

import numpy as np

from diktor.learning.corpus.source import CONTINUANTS, VOWELS, Word
from diktor.learning.corpus.world import HOP_S, Frames, Tape, frame

Event = Literal["sound", "syllable", "word", "prolongation", "block"]
EVENTS: tuple[Event, ...] = ("sound", "sound", "syllable", "syllable", "word", "prolongation", "prolongation", "block")


def silence(like: Frames, seconds: float, rng: Random) -> Frames:
    """A pause: the quietest envelope with a little noise."""
    count, bins = max(1, int(seconds / HOP_S)), like.envelope.shape[1]
    grain = np.random.RandomState(rng.randrange(2**31)).randn(count, bins) * 0.3
    return Frames(np.zeros(count), np.full((count, bins), -22.0) + grain, np.ones((count, bins)))


def stutter(tape: Tape, word: Word, rng: Random) -> str:
    """Stutter at the word that comes next on the tape; the word itself follows. Returns the kind of event."""
    event = _possible(rng.choice(EVENTS), word)
    first, source = word.phones[0], tape.source
    start, stop = frame(first.start), max(frame(first.end), frame(first.start) + 3)
    if event == "block":
        burst = source.cut(start, start + 4)
        tape.put(Frames(burst.f0, burst.envelope - 2, burst.aperiodicity))
        tape.put(silence(source, rng.uniform(0.3, 0.8), rng))
    elif event == "prolongation":
        tape.copy((start + stop) // 2)
        tape.put(_prolonged(source, start, stop, rng.uniform(0.3, 0.75), rng))
    else:
        end = _unit_end(word, event, rng)
        times = rng.randint(1, 2) if event == "word" else rng.randint(2, 4)
        for _ in range(times):
            tape.put(_again(source, start, end, rng))
            tape.put(silence(source, rng.choice([0.02, 0.05, 0.1]) + rng.uniform(0, 0.12), rng))
    return event


def hesitate(tape: Tape, word: Word, rng: Random) -> None:
    """Before the next word, as healthy speakers do: a pause, a drawn-out hesitation sound, or the word said twice."""
    what = rng.random()
    if what < 0.55:
        tape.put(silence(tape.source, rng.uniform(0.08, 0.7), rng))
    elif what < 0.85:
        vowel = next((p for p in word.phones if p.phone in VOWELS), None)
        if vowel is not None:
            start, stop = frame(vowel.start), max(frame(vowel.end), frame(vowel.start) + 4)
            tape.put(_prolonged(tape.source, start, stop, rng.uniform(0.15, 0.5), rng))
            tape.put(silence(tape.source, rng.uniform(0.05, 0.4), rng))
    else:
        tape.put(_again(tape.source, frame(word.start), frame(word.end), rng))
        tape.put(silence(tape.source, rng.uniform(0.03, 0.25), rng))


def slowed(frames: Frames, factor: float) -> Frames:
    """The same speech, `factor` times as long."""
    count = max(2, int(len(frames) * factor))
    return frames.at(np.linspace(0, len(frames) - 1, count).astype(np.int64))


def _possible(event: Event, word: Word) -> Event:
    if event == "prolongation" and word.phones[0].phone not in CONTINUANTS:
        return "sound"
    return "syllable" if event == "word" and len(word.phones) > 5 else event


def _unit_end(word: Word, event: Event, rng: Random) -> int:
    """The source frame where the repeated unit ends."""
    if event == "word":
        return frame(word.end)
    vowel = next((k for k, phone in enumerate(word.phones) if phone.phone in VOWELS), 0)
    end = frame(word.phones[vowel].end)
    if event == "sound":
        onset = frame(word.phones[vowel].start) if vowel else frame(word.start)
        return min(end, max(frame(word.start) + 8, onset + rng.randint(4, 9)))
    return end


def _again(source: Frames, start: int, stop: int, rng: Random) -> Frames:
    stop = min(max(stop, start + 6), len(source))
    piece = slowed(source.cut(start, stop), rng.uniform(0.75, 1.15))
    fade = np.interp(np.arange(len(piece)), [0, 2, len(piece) - 4, len(piece) - 1], [-1.5, 0, 0, -3])[:, None]
    f0 = piece.f0 * rng.uniform(0.95, 1.08)
    return Frames(f0, piece.envelope + fade + rng.uniform(-0.6, 0.3), piece.aperiodicity)


def _prolonged(source: Frames, start: int, stop: int, seconds: float, rng: Random) -> Frames:
    """A sound held: a random walk among its middle frames."""
    middle, reach = (start + stop) // 2, max(2, (stop - start) // 4)
    walk = np.cumsum([rng.choice([-1, 1]) for _ in range(int(seconds / HOP_S))])
    places = np.clip(middle + walk % (2 * reach) - reach, 0, len(source) - 1)
    return source.at(places.astype(np.int64))
