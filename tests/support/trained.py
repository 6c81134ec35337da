"""Attempts that were judged, as they are stored: for pages that show what came of training."""

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.exercises.attempt import Judgement, refused
from diktor.wire.training import Outcome, PartMastery, Place, Sentence
from services.api.sql import now
from services.api.training.tables import AttemptRow, ExerciseRow

TEXT = "Галка села на забор, грач завёл с ней разговор."


async def exercise(session: AsyncSession, user_id: str, text: str = TEXT) -> ExerciseRow:
    """A text for р that was given to a user."""
    criteria: dict[str, Any] = {"sounds": ["r"], "difficulty": "medium", "min_words": 7, "max_words": 12}
    row = ExerciseRow(user_id=user_id, text=text, key=text, origin="own", criteria=criteria)
    session.add(row)
    await session.flush()
    return row


async def attempt(
    session: AsyncSession, given: ExerciseRow, days_ago: float, r: float, outcome: Outcome = "scored"
) -> AttemptRow:
    """An attempt of so many days ago with this mastery of р; its recording is not kept."""
    says = Sentence(ru=f"Итог {r:.0f} из 100.", en=f"{r:.0f} of 100.")
    place = Place(number=3, word="забор", saying=0, start_ms=900, end_ms=1300)
    parts = [
        PartMastery(part="r", mastery=r, says=says, places=[place] if r < 50 else []),
        PartMastery(part="g", mastery=90.0, says=says),
        PartMastery(part="fluency", mastery=None, says=says),
        PartMastery(part="tempo", mastery=100.0, says=says),
        PartMastery(part="completeness", mastery=95.0, says=says),
    ]
    total = round((2 * r + 90 + 100 + 95) / 5, 1)
    judged = refused(outcome) if outcome != "scored" else Judgement("scored", says, total, parts, 5.1, 1)
    figures = {"total": total, "r": r, "g": 90.0, "tempo": 100.0, "completeness": 95.0} if outcome == "scored" else {}
    row = AttemptRow(
        user_id=given.user_id,
        exercise_id=given.id,
        digest="",
        audio=False,
        state="done",
        outcome=outcome,
        judgement=msgspec.to_builtins(judged),
        **figures,
    )
    row.created_at = now() - timedelta(days=days_ago)
    session.add(row)
    await session.flush()
    return row
