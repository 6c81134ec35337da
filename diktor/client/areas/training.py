"""Exercises, attempts, progress."""

from collections.abc import Set
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from diktor.client.request import Area, M, Request, Upload, operation, path
from diktor.wire import Page
from diktor.wire.training import (
    LONGEST,
    SHORTEST,
    Attempt,
    Bests,
    Criteria,
    Difficulty,
    Exercise,
    Outcome,
    Progress,
    Sound,
)

HERE = "/api/v1/training"


class Training(Area[M]):
    """Practising with tongue twisters."""

    @operation
    def create_exercise(
        self,
        sounds: Set[Sound] = frozenset(),
        difficulty: Difficulty | None = None,
        min_words: int = SHORTEST,
        max_words: int = LONGEST,
    ) -> Request[Exercise]:
        """A text that meets criteria."""
        body = Criteria(sounds=frozenset(sounds), difficulty=difficulty, min_words=min_words, max_words=max_words)
        return Request(method="POST", path=f"{HERE}/exercises", kind=Exercise, body=body)

    @operation
    def get_exercise(self, exercise: str) -> Request[Exercise]:
        """An exercise of one's own."""
        return Request(method="GET", path=path(HERE + "/exercises/{}", exercise), kind=Exercise)

    @operation
    def create_attempt(
        self, exercise: str, recording: Path | BinaryIO, name: str = "", idempotency_key: str | None = None
    ) -> Request[Attempt]:
        """Send a recording of the exercise's text; it is judged in the background: `get_attempt` with `wait_s`."""
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return Request(
            method="POST",
            path=path(HERE + "/exercises/{}/attempts", exercise),
            kind=Attempt,
            uploads=(Upload("file", recording, name),),
            headers=headers,
        )

    @operation
    def list_attempts(
        self,
        exercise: str | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Request[Page[Attempt]]:
        """One's own attempts, the newest first."""
        query = {
            "exercise_id": exercise,
            "outcome": outcome,
            "since": since and since.isoformat(),
            "until": until and until.isoformat(),
            "limit": limit,
            "cursor": cursor,
        }
        return Request(method="GET", path=f"{HERE}/attempts", kind=Page[Attempt], query=query)

    @operation
    def get_attempt(self, attempt: str, wait_s: float = 0.0) -> Request[Attempt]:
        """An attempt; while it waits to be judged, the answer is held back for so long at most."""
        query = {"wait_s": wait_s}
        return Request(method="GET", path=path(HERE + "/attempts/{}", attempt), kind=Attempt, query=query)

    @operation
    def get_attempt_audio(self, attempt: str, into: Path | BinaryIO | None = None) -> Request[bytes]:
        """The recording of one's own attempt, returned or written into a file."""
        return Request(method="GET", path=path(HERE + "/attempts/{}/audio", attempt), kind=bytes, into=into)

    @operation
    def delete_attempt(self, attempt: str) -> Request[None]:
        """Delete one's own attempt with its recording, for good."""
        return Request(method="DELETE", path=path(HERE + "/attempts/{}", attempt), kind=type(None))

    @operation
    def get_progress(self, user: str | None = None, days: int = 90, operator: str | None = None) -> Request[Progress]:
        """Mastery over time: one's own, or of a user or an operator (by the id of calls) whom one leads."""
        query = {"user_id": user, "operator_id": operator, "days": days}
        return Request(method="GET", path=f"{HERE}/progress", kind=Progress, query=query)

    @operation
    def get_bests(self, user: str | None = None) -> Request[Bests]:
        """Personal bests: one's own, or of a user whom one leads."""
        return Request(method="GET", path=f"{HERE}/bests", kind=Bests, query={"user_id": user})
