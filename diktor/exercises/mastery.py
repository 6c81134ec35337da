"""From a channel's verdict and the reading of a known text to mastery: each part, and the whole.

Mastery is 100 − risk for р, г and fluency. Tempo has full marks between `SLOW` and `FAST` syllables a second and none
beyond `NONE_BELOW` and `NONE_ABOVE`: people who read aloud in 17 languages speak four to nine syllables a second, whole
languages on average five to eight (Coupé, Oh, Dediu, Pellegrino 2019, Science Advances 5(9), eaaw2594). Russian is not
among them, and tongue twisters are no prose: the band is wide on purpose.
"""

from collections.abc import Set
from typing import NamedTuple

from diktor.exercises import sentences
from diktor.exercises.criteria import times
from diktor.exercises.reading import Reading, ReadWord
from diktor.exercises.text import features, written
from diktor.learning.transcription.markers import places as spoken
from diktor.rows import ChannelVerdict, DefectVerdict, Span
from diktor.scoring.verdict import named
from diktor.wire.training import Part, PartMastery, Place, Sentence, Sound

SLOW, FAST = 4.0, 8.0
NONE_BELOW, NONE_ABOVE = 1.0, 12.0

NEAR_MS = 120
"""Evidence this close to a word is in it: word times are so exact."""

_DEFECTS: dict[str, Part] = {"rhotacism": "r", "fricative_g": "g", "stuttering": "fluency"}
_LETTERS: dict[Part, int] = {"r": 0, "g": 1}
_PRACTISED: dict[Sound, Part] = {"r": "r", "g": "g", "openings": "fluency"}
_OPENINGS: Sound = "openings"


class Mastery(NamedTuple):
    """All of it: the mean of the parts that could be judged, what is practised counted twice; None without any."""

    total: float | None
    says: Sentence
    parts: list[PartMastery]


def mastery(text: str, practised: Set[Sound], reading: Reading, verdict: ChannelVerdict) -> Mastery:
    """Every part of an attempt at a text."""
    parts = [_defect(text, defect, reading) for defect in verdict.defects if defect.defect in _DEFECTS]
    if reading.syllables_per_s is not None:
        parts.append(_tempo(reading.syllables_per_s))
    parts.append(_completeness(text, reading))
    twice = {_PRACTISED[sound] for sound in practised}
    judged = [(part.mastery, 2 if part.part in twice else 1) for part in parts if part.mastery is not None]
    weight = sum(count for _, count in judged)
    total = round(sum(value * count for value, count in judged) / weight, 1) if weight else None
    return Mastery(total, sentences.total(total), parts)


def tempo_mastery(rate: float) -> float:
    """0 to 100 for syllables a second."""
    short = (rate - NONE_BELOW) / (SLOW - NONE_BELOW)
    over = (NONE_ABOVE - rate) / (NONE_ABOVE - FAST)
    return round(100 * min(1.0, max(0.0, min(short, over))), 1)


def _defect(text: str, defect: DefectVerdict, reading: Reading) -> PartMastery:
    part = _DEFECTS[defect.defect]
    if defect.risk is None:
        found, sound = features(text), next(key for key, value in _PRACTISED.items() if value == part)
        often = 0 if sound != _OPENINGS and not found.sounds(sound) else max(2, times(found, {sound}))
        return PartMastery(part=part, mastery=None, says=sentences.not_enough(part, often))
    places = _places(text, part, defect.evidence, reading) if named(defect.risk) != "none" else []
    says = sentences.fluency(defect.risk, places) if part == "fluency" else sentences.sound(part, defect.risk, places)
    return PartMastery(part=part, mastery=round(100 - defect.risk, 1), says=says, places=places)


def _tempo(rate: float) -> PartMastery:
    return PartMastery(
        part="tempo", mastery=tempo_mastery(rate), says=sentences.tempo(rate, slow=rate < SLOW, fast=rate > FAST)
    )


def _completeness(text: str, reading: Reading) -> PartMastery:
    shown = written(text)
    said = {(word.saying, word.place) for word in reading.words}
    missed = [
        Place(number=number, word=word, saying=saying)
        for saying in range(reading.times)
        for number, word in enumerate(shown)
        if (saying, number) not in said
    ]
    says = sentences.completeness(len(said), len(shown) * reading.times, missed)
    return PartMastery(part="completeness", mastery=round(100 * reading.complete, 1), says=says, places=missed)


def _places(text: str, part: Part, evidence: tuple[Span, ...], reading: Reading) -> list[Place]:
    """Words with evidence on them; of a sound only words that have it."""
    shown, letter = written(text), _LETTERS.get(part)
    return [
        Place(
            number=word.place,
            word=shown[word.place],
            saying=word.saying,
            start_ms=word.start_ms,
            end_ms=word.end_ms,
        )
        for word in reading.words
        if (letter is None or any(place.letter == letter for place in spoken(shown[word.place])))
        and any(_on(word, span) for span in evidence)
    ]


def _on(word: ReadWord, span: Span) -> bool:
    return span.start_ms < word.end_ms + NEAR_MS and span.end_ms > word.start_ms - NEAR_MS
