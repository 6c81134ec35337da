"""Whether a text is what was asked for: a text meets criteria or does not, wherever it comes from."""

import math
from collections.abc import Set

from diktor.exercises.text import Features
from diktor.wire.training import Criteria, Sound

SHARES: dict[Sound, float] = {"r": 0.4, "g": 0.3, "openings": 0.5}
"""The least share of words with a sound that is asked for alone: ordinary text has р in a third, г in a tenth, and a
plosive at the beginning of a third."""

TOGETHER = 0.6
"""Of several sounds each needs so much of its share."""

HEARD = 0.5
"""Of the sounds that are said, so many at least are counted by the network."""

_MARKERS: dict[Sound, float] = {"r": 3.0, "g": 2.0}
_FLUENT_S = 8.0
"""What a verdict needs (`minimum_markers`, `minimum_speech_ms` of diktor/defects.toml)."""

_SYLLABLES_PER_S = 6.0
"""A brisk reader: slower ones speak longer."""

_MOST_TIMES = 5


def share(criteria: Criteria, sound: Sound) -> float:
    """The least share of words with this sound, 0 to 1."""
    return SHARES[sound] * (TOGETHER if len(criteria.sounds) > 1 else 1.0)


def meets(criteria: Criteria, found: Features) -> bool:
    """Whether a text with these counts is wanted."""
    return (
        criteria.min_words <= found.words <= criteria.max_words
        and criteria.difficulty in (None, found.difficulty)
        and all(found.density(sound) >= share(criteria, sound) for sound in criteria.sounds)
    )


def times(found: Features, sounds: Set[Sound]) -> int:
    """How often in a row a text is to be said, so that there is enough to judge the sounds by; 5 at most."""
    needed = [1]
    for sound in sounds or SHARES:
        if sound == "openings":
            needed.append(math.ceil(_FLUENT_S * _SYLLABLES_PER_S / max(1, found.syllables)))
        elif found.sounds(sound):
            needed.append(math.ceil(_MARKERS[sound] / HEARD / found.sounds(sound)))
    return min(max(needed), _MOST_TIMES)
