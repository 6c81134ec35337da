"""People's takes as they would be said with halts, and with stutters: cut at words, as the corpus does with its source.

People who read prompts neither halt nor stutter. Left so, a voice that does would be a made one, and healthy speech of
people would be fluent. Of a word's sounds nothing is known but its letters, each taken to be as long as the others.
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import msgspec
import numpy as np
import soxr

from diktor.learning.corpus.clips import Version
from diktor.learning.corpus.loudness import Loudness
from diktor.learning.corpus.render import FASTEST, Rendering, natural, plan
from diktor.learning.corpus.source import RATE, Phone, Utterance, Word
from diktor.learning.corpus.wave import Wave
from diktor.learning.corpus.world import HOP_S, Speaker, frame
from diktor.learning.foreign.takes import Take
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.releases import RATE as TELEPHONE

PART_MS, PAUSE_MS = 7000, 150
"""A take is cut after so long, in the next pause of at least so much between words: what is too long does not match."""

LEAST_LETTER_S = 3 * HOP_S
"""Words of shorter letters are not cut at."""

MOST_QUIET = 0.5
"""A letter that is quiet for more of its time is not drawn out, and a word that begins so is not stuttered."""

HALTING = 1.0
"""People halt at every word that can be cut at. Some cannot, about as many as made speech does not halt at."""

_CLOSED = "t"
"""Any sound that cannot be held."""

_SOUNDS = {
    **{letter: letter for letter in "aeiouyszfvmnlhj"},
    **dict(zip("аеёиоуыэюяіїєъ", "aeoiouyeuaiiea", strict=True)),
    **dict(zip("сзфвмнлхйжшў", "szfvmnlhjzsv", strict=True)),
}
"""Vowels and what can be held, as the source speech calls them."""


def parts(take: Take) -> list[Take]:
    """A take in pieces of some seconds, cut in pauses between words."""
    edges = [0]
    for before, word in pairwise(take.words):
        if word.start_ms - edges[-1] > PART_MS and word.start_ms - before.end_ms >= PAUSE_MS:
            edges.append((before.end_ms + word.start_ms) // 2)
    return [_between(take, start, end) for start, end in pairwise([*edges, len(take.pcm) * 1000 // TELEPHONE])]


def halting(take: Take, version: Version, seed: str) -> Rendering:
    """The take with halts, or as `version` asks with stutters at some of the words instead; a little faster or slower.

    Versions of one seed halt at the same words. No marks come with it: its letters are not known as sounds.
    """
    samples = np.asarray(soxr.resample(take.pcm / 32768, TELEPHONE, RATE), np.float64)
    utterance = _utterance(take, Loudness.of(Wave.of(samples)))
    chosen = plan(utterance, version, Random(f"{seed}/{version}"), seed, HALTING)
    speaker = Speaker(tempo=Random(f"{seed}/tempo").uniform(1 / FASTEST, FASTEST))
    return natural(utterance, samples, chosen, speaker, seed)


def _between(take: Take, start_ms: int, end_ms: int) -> Take:
    words = tuple(
        msgspec.structs.replace(word, start_ms=word.start_ms - start_ms, end_ms=word.end_ms - start_ms)
        for word in take.words
        if start_ms <= word.start_ms < end_ms
    )
    return Take(take.pcm[start_ms * TELEPHONE // 1000 : end_ms * TELEPHONE // 1000], words, take.language)


def _utterance(take: Take, loudness: Loudness) -> Utterance:
    """The take as the corpus knows an utterance, its words one after another."""
    length, end, words = len(take.pcm) / TELEPHONE, 0.0, list[Word]()
    for word in take.words:
        start = min(max(end, word.start_ms / 1000), length)
        end = min(max(start, word.end_ms / 1000), length)
        words.append(Word(word.text, start, end, tuple(_phones(word, start, end, loudness))))
    text = " ".join(word.word for word in words)
    return Utterance("", "", "", length, "", "", text, tuple(words))


def _phones(word: SpokenWord, start: float, end: float, loudness: Loudness) -> Iterator[Phone]:
    """Its letters, one after another; a single sound of a word that nothing is to be done at.

    Whether it is sure is not asked: where somebody speaks, halts and stutters are what they are.
    """
    letters = [c for c in unicodedata.normalize("NFC", word.text.lower()) if c.isalpha()]
    each = (end - start) / max(1, len(letters))
    first = (frame(start), frame(start + 2 * each))
    if each < LEAST_LETTER_S or loudness.quiet(*first) > MOST_QUIET:
        yield Phone(_CLOSED, start, end)
        return
    for number, letter in enumerate(letters):
        at, until = start + number * each, start + (number + 1) * each
        sound = _SOUNDS.get(letter) or _SOUNDS.get(unicodedata.normalize("NFD", letter)[0], _CLOSED)
        quiet = loudness.quiet(frame(at), max(frame(until), frame(at) + 1)) > MOST_QUIET
        yield Phone(_CLOSED if quiet else sound, at, until)
