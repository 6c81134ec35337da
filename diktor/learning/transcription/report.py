"""How far transcripts and counts can be trusted: against known words and sounds, by voice, codec and the like."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.transcription.counting import Counted
from diktor.learning.transcription.known import Known, Place
from diktor.learning.transcription.markers import counts, places
from diktor.learning.transcription.text import align, errors, words

CONFIDENCES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Where the report looks what leaving out words would bring."""


class Score(msgspec.Struct, frozen=True):
    """Figures of some channels.

    `reference` counts known words; `wer` is the word error rate; `kept` the share of heard words at or above the
    confidence; by letter `exact` is the share of channels whose count over all words is the known one, `right` the
    share of kept words whose count is that of the known word in their place.
    """

    channels: int
    reference: int
    wer: float
    kept: float
    exact: dict[str, float]
    right: dict[str, float]


class Least(msgspec.Struct, frozen=True):
    """What a least confidence would keep: the share of heard words, and the share of these with all counts right."""

    confidence: float
    kept: float
    right: float


class Windows(msgspec.Struct, frozen=True):
    """Windows against the sounds that are known to be in them: by letter, the share whose count is exact."""

    windows: int
    exact: dict[str, float]


class Report(msgspec.Struct, frozen=True):
    """Everything that could be compared; `windows` (certain and uncertain ones) only where sounds are known."""

    total: Score
    by: dict[str, dict[str, Score]]
    least: list[Least]
    windows: dict[str, Windows]


class _Heard(NamedTuple):
    confidence: float
    right: tuple[bool, ...]


class _Compared(NamedTuple):
    about: Mapping[str, str]
    reference: int
    errors: int
    exact: tuple[bool, ...]
    heard: tuple[_Heard, ...]


def report(
    counted: Sequence[Counted],
    known: Mapping[Place, Known],
    min_confidence: float,
    taxonomy: Taxonomy = DEFAULT,
) -> Report | None:
    """Compare what was counted with what is known; None where nothing of it is known."""
    pairs = [(c, known[c.recording, c.channel]) for c in counted if (c.recording, c.channel) in known]
    if not pairs:
        return None
    compared, letters = [_compare(*pair, taxonomy) for pair in pairs], taxonomy.letters
    groups: dict[str, dict[str, list[_Compared]]] = {}
    for item in compared:
        for key, value in item.about.items():
            groups.setdefault(key, {}).setdefault(value, []).append(item)
    return Report(
        total=_score(compared, min_confidence, letters),
        by={
            key: {value: _score(items, min_confidence, letters) for value, items in sorted(values.items())}
            for key, values in groups.items()
        },
        least=[_least(compared, confidence) for confidence in CONFIDENCES],
        windows=_windows(pairs, taxonomy),
    )


def _compare(counted: Counted, known: Known, taxonomy: Taxonomy) -> _Compared:
    spoken = [(token, word.confidence) for word in counted.words for token in words(word.text)]
    heard, reference = [token for token, _ in spoken], known.words
    pairs = align(reference, heard)
    partner = {j: reference[i] for i, j in pairs if i is not None and j is not None}
    return _Compared(
        known.about,
        len(reference),
        errors(reference, heard, pairs),
        _equal(_sum(heard, taxonomy), _sum(reference, taxonomy)),
        tuple(
            _Heard(confidence, _equal(_sum([token], taxonomy), _sum([partner.get(j, "")], taxonomy)))
            for j, (token, confidence) in enumerate(spoken)
        ),
    )


def _score(items: Sequence[_Compared], min_confidence: float, letters: Sequence[str]) -> Score:
    heard = [word for item in items for word in item.heard]
    kept = [word for word in heard if word.confidence >= min_confidence]
    reference = sum(item.reference for item in items)
    return Score(
        channels=len(items),
        reference=reference,
        wer=_share(sum(item.errors for item in items), reference),
        kept=_share(len(kept), len(heard)),
        exact=_shares((item.exact for item in items), letters),
        right=_shares((word.right for word in kept), letters),
    )


def _least(items: Sequence[_Compared], confidence: float) -> Least:
    heard = [word for item in items for word in item.heard]
    kept = [word for word in heard if word.confidence >= confidence]
    return Least(confidence, _share(len(kept), len(heard)), _share(sum(all(word.right) for word in kept), len(kept)))


def _windows(pairs: Iterable[tuple[Counted, Known]], taxonomy: Taxonomy) -> dict[str, Windows]:
    exact: dict[str, list[tuple[bool, ...]]] = {"certain": [], "uncertain": []}
    for counted, known in pairs:
        for window in counted.windows if known.sounds is not None else ():
            inside = [s.letter for s in known.sounds or () if window.start_ms <= s.at_ms < window.end_ms]
            right = _equal(window.markers, counts(inside, taxonomy))
            exact["uncertain" if window.uncertain else "certain"].append(right)
    return {name: Windows(len(found), _shares(found, taxonomy.letters)) for name, found in exact.items() if found}


def _sum(tokens: Iterable[str], taxonomy: Taxonomy) -> tuple[int, ...]:
    return counts((place.letter for token in tokens for place in places(token, taxonomy)), taxonomy)


def _equal(one: Iterable[int], other: Iterable[int]) -> tuple[bool, ...]:
    return tuple(a == b for a, b in zip(one, other, strict=True))


def _shares(found: Iterable[tuple[bool, ...]], letters: Sequence[str]) -> dict[str, float]:
    rows = list(found)
    return {name: _share(sum(row[number] for row in rows), len(rows)) for number, name in enumerate(letters)}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
