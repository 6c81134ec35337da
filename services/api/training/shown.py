"""Rows of training as they are shown."""

import msgspec

from diktor.exercises.attempt import Judgement
from diktor.exercises.criteria import times
from diktor.exercises.text import features
from diktor.wire.training import Attempt, Criteria, Exercise
from services.api.training.tables import AttemptRow, ExerciseRow


def exercise(row: ExerciseRow) -> Exercise:
    """With its counts."""
    criteria, found = msgspec.convert(row.criteria, Criteria), features(row.text)
    return Exercise(
        id=row.id,
        text=row.text,
        origin=row.origin,  # type: ignore[arg-type]  # written by us
        criteria=criteria,
        words=found.words,
        syllables=found.syllables,
        sounds={"r": found.r, "g": found.g, "openings": found.openings},
        difficulty=found.difficulty,
        times=times(found, criteria.sounds),
        given_at=row.created_at,
    )


def attempt(row: AttemptRow) -> Attempt:
    """With what it came to, if it is known."""
    shown = Attempt(
        id=row.id,
        exercise_id=row.exercise_id,
        user_id=row.user_id,
        text=row.exercise.text,
        state="waiting",
        at=row.created_at,
        audio=row.audio,
    )
    if row.judgement is None:
        return shown
    judged = msgspec.convert(row.judgement, Judgement)
    return msgspec.structs.replace(shown, state="done", **msgspec.structs.asdict(judged))
