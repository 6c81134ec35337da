"""Training: exercises, attempts and what they say, progress. Mastery is 0 to 100, higher is better (100 − risk)."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

Sound = Literal["r", "g", "openings"]
"""What is practised: the sounds р and г, and word openings on which people who stutter get caught."""

Difficulty = Literal["easy", "medium", "hard"]
Origin = Literal["folklore", "own", "generated", "model"]

Part = Literal["r", "g", "fluency", "tempo", "completeness"]
"""What of an attempt has a mastery of its own."""

Outcome = Literal["scored", "unreadable", "too_short", "clipped", "silence", "wrong_text", "failed"]
"""What became of an attempt: all but `scored` say why it was not."""

State = Literal["waiting", "done"]

SHORTEST, LONGEST = 3, 24
"""Words of an exercise."""

WordCount = Annotated[int, msgspec.Meta(ge=SHORTEST, le=LONGEST)]


class Criteria(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an exercise is to be like. No sounds: any text; no difficulty: any; its length in words."""

    sounds: frozenset[Sound] = frozenset()
    difficulty: Difficulty | None = None
    min_words: WordCount = SHORTEST
    max_words: WordCount = LONGEST

    def __post_init__(self) -> None:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words ({self.min_words}) is more than max_words ({self.max_words})")


class Exercise(msgspec.Struct, frozen=True, kw_only=True):
    """A text that was given to somebody; a combining acute (U+0301) marks stress where a reader could miss it.

    `sounds` counts р, г and plosive openings. Said `times` in a row it has enough of what was asked for to be judged.
    """

    id: str
    text: str
    origin: Origin
    criteria: Criteria
    words: int
    syllables: int
    sounds: dict[Sound, int]
    difficulty: Difficulty
    times: int
    given_at: datetime


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One plain sentence in Russian and in English."""

    ru: str
    en: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A word: its number in the text (from 0) and as it is written there, which saying of the text (from 0), and when
    in the recording; no times for a word that was not said."""

    number: int
    word: str
    saying: int
    start_ms: int | None = None
    end_ms: int | None = None


class PartMastery(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an attempt. No mastery: not enough to judge by; `places` are the words where it happened."""

    part: Part
    mastery: float | None
    says: Sentence
    places: list[Place] = []


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt at an exercise. While it is `waiting`, what it came to is open.

    `audio`: its recording is still there. `mastery` is the mean of the parts that could be judged, what the exercise
    was for counted twice.
    """

    id: str
    exercise_id: str
    user_id: str
    text: str
    state: State
    at: datetime
    audio: bool
    outcome: Outcome | None = None
    says: Sentence | None = None
    mastery: float | None = None
    parts: list[PartMastery] = []
    syllables_per_s: float | None = None
    release: int | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Mean mastery in total and of each part; None where nothing could be judged."""

    total: float | None
    r: float | None
    g: float | None
    fluency: float | None
    tempo: float | None
    completeness: float | None


class ProgressPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A day with scored attempts (in UTC)."""

    day: date
    attempts: int
    mastery: Figures


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's days, oldest first."""

    user_id: str
    days: list[ProgressPoint]


class Best(msgspec.Struct, frozen=True, kw_only=True):
    """The best attempt in a part or in total; of equal ones the first."""

    part: Part | Literal["total"]
    mastery: float
    attempt_id: str
    at: datetime


class Bests(msgspec.Struct, frozen=True, kw_only=True):
    """Personal bests, none for what was never judged."""

    user_id: str
    bests: list[Best]
