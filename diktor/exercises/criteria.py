"""What an exercise is to be like: sounds, difficulty, length. A text meets that or does not, wherever it comes from."""

import math
from typing import Annotated

import msgspec

from diktor.exercises.text import Difficulty, Features, Sound

SHORTEST, LONGEST = 3, 24
"""Words of an exercise."""

SHARES: dict[Sound, float] = {"р": 0.4, "г": 0.3, "openings": 0.5}
"""The least share of words with a sound that is asked for alone: ordinary text has р in a third, г in a tenth, and a
plosive at the beginning of a third."""

TOGETHER = 0.6
"""Of several sounds each needs so much of its share."""

HEARD = 0.5
"""Of the sounds that are said, so many at least are counted by the network."""

_MARKERS: dict[Sound, float] = {"р": 3.0, "г": 2.0}
_FLUENT_S = 8.0
"""What a verdict needs (`minimum_markers`, `minimum_speech_ms` of diktor/defects.toml)."""

_SYLLABLES_PER_S = 6.0
"""A brisk reader: slower ones speak longer."""

_MOST_TIMES = 5

Words = Annotated[int, msgspec.Meta(ge=SHORTEST, le=LONGEST)]


class Criteria(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted. No sounds: any text; no difficulty: any; `least` and `most` are words."""

    sounds: frozenset[Sound] = frozenset()
    difficulty: Difficulty | None = None
    least: Words = SHORTEST
    most: Words = LONGEST

    def __post_init__(self) -> None:
        if self.least > self.most:
            raise ValueError(f"`least` ({self.least} words) is more than `most` ({self.most})")

    def share(self, sound: Sound) -> float:
        """The least share of words with this sound."""
        return SHARES[sound] * (TOGETHER if len(self.sounds) > 1 else 1.0)

    def meets(self, found: Features) -> bool:
        """Whether a text with these counts is wanted."""
        return (
            self.least <= found.words <= self.most
            and self.difficulty in (None, found.difficulty)
            and all(found.density(sound) >= self.share(sound) for sound in self.sounds)
        )


def times(found: Features, sounds: frozenset[Sound]) -> int:
    """How often in a row a text is to be said, so that there is enough to judge the sounds by; 5 at most."""
    needed = [1]
    for sound in sounds or SHARES:
        if sound == "openings":
            needed.append(math.ceil(_FLUENT_S * _SYLLABLES_PER_S / max(1, found.syllables)))
        elif found.sounds(sound):
            needed.append(math.ceil(_MARKERS[sound] / HEARD / found.sounds(sound)))
    return min(max(needed), _MOST_TIMES)
