"""What training does: gives exercises, takes attempts in, finds them again, deletes them."""

import asyncio
import hashlib
import secrets
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import QueryError, UnavailableError
from diktor.exercises.choice import choose
from diktor.exercises.language_model import LanguageModel
from diktor.exercises.store import Takes
from diktor.settings import Settings
from diktor.wire.training import Criteria
from services.api.access import Principal, Role
from services.api.accounts.tables import UserRow, user_teams
from services.api.problems import missing, problem
from services.api.sql import new_id
from services.api.training.tables import AttemptRow, ExerciseRow

OWN_WAITING = 4
"""So many attempts of one user may wait at once."""


def language_model(settings: Settings) -> LanguageModel | None:
    """The endpoint of the settings, if they name one."""
    if not settings.exercises_llm:
        return None
    key = settings.exercises_llm_key.get_secret_value()
    return LanguageModel(settings.exercises_llm, key, settings.exercises_llm_model)


async def give(session: AsyncSession, user_id: str, criteria: Criteria, model: LanguageModel | None) -> ExerciseRow:
    """A new exercise for a user, if possible one with a text that the user has not seen.

    Raises:
        QueryError: no text meets the criteria.
    """
    seen = set(await session.scalars(select(ExerciseRow.key).where(ExerciseRow.user_id == user_id)))
    found = await choose(criteria, seen, secrets.randbits(32), model)
    row = ExerciseRow(
        user_id=user_id,
        text=found.text,
        key=found.key,
        origin=found.origin,
        criteria=msgspec.to_builtins(criteria),
    )
    session.add(row)
    await session.flush()
    return row


async def exercise_of(session: AsyncSession, user_id: str, exercise_id: str) -> ExerciseRow:
    """Raises: 404: there is none of that id that was given to this user."""
    row = await session.get(ExerciseRow, exercise_id)
    return row if row is not None and row.user_id == user_id else missing("exercise of this id")


async def attempt_of(session: AsyncSession, user_id: str, attempt_id: str) -> AttemptRow:
    """Raises: 404: there is none of that id by this user."""
    row = await session.get(AttemptRow, attempt_id)
    return row if row is not None and row.user_id == user_id else missing("attempt of this id")


async def recording_of(takes: Takes, row: AttemptRow) -> bytes:
    """The file as it was sent.

    Raises:
        FileNotFoundError: it is not kept any more.
    """
    return await asyncio.to_thread(takes.get, row.id)


class Intake:
    """Takes attempts in: the recording first, then the row that says that it waits."""

    def __init__(self, takes: Takes, most_waiting: int) -> None:
        self._takes, self._most = takes, most_waiting

    async def take(self, session: AsyncSession, exercise: ExerciseRow, recording: Path, key: str | None) -> AttemptRow:
        """The attempt that waits now; with a key that was used before, the attempt of then.

        Raises:
            QueryError: the key was used for another recording or exercise.
            UnavailableError: too many wait already.
            429: too many of this user's wait.
            409: a request with this key is under way.
        """
        with recording.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if key is not None and (before := await _with_key(session, exercise.user_id, key)) is not None:
            if (before.digest, before.exercise_id) != (digest, exercise.id):
                raise QueryError("this Idempotency-Key was used for another attempt", "Use a key once")
            return before
        await self._room(session, exercise.user_id)
        row = AttemptRow(id=new_id(), user_id=exercise.user_id, exercise_id=exercise.id, idempotency_key=key)
        row.digest, row.exercise = digest, exercise
        await asyncio.to_thread(self._takes.put, row.id, recording)
        session.add(row)
        try:
            await session.flush()
        except IntegrityError as error:
            await asyncio.to_thread(self._takes.delete, row.id)
            raise problem(409, "a request with this Idempotency-Key is under way", "Ask again in a moment") from error
        return row

    async def _room(self, session: AsyncSession, user_id: str) -> None:
        waiting = select(func.count()).select_from(AttemptRow).where(AttemptRow.state == "waiting")
        if (await session.scalar(waiting) or 0) >= self._most:
            raise UnavailableError("too many attempts wait to be judged", "Send it again as Retry-After says")
        if (await session.scalar(waiting.where(AttemptRow.user_id == user_id)) or 0) >= OWN_WAITING:
            raise problem(429, f"{OWN_WAITING} of your attempts wait already", "Wait until one is judged", 10)


async def delete(session: AsyncSession, takes: Takes, row: AttemptRow) -> None:
    """An attempt with its recording; an attempt that is being judged at the moment is not stored again."""
    await asyncio.to_thread(takes.delete, row.id)
    await session.delete(row)
    await session.flush()


async def erase(session: AsyncSession, takes: Takes, operator_id: str, before: datetime) -> int:
    """Attempts and exercises of an operator's users that were made before then, recordings too; how many attempts."""
    users = select(UserRow.id).where(UserRow.operator_id == operator_id)
    attempts = select(AttemptRow).where(AttemptRow.user_id.in_(users), AttemptRow.created_at < before)
    rows = list(await session.scalars(attempts))
    for row in rows:
        await delete(session, takes, row)
    exercises = select(ExerciseRow).where(ExerciseRow.user_id.in_(users), ExerciseRow.created_at < before)
    unused = ExerciseRow.id.not_in(select(AttemptRow.exercise_id))
    for given in await session.scalars(exercises.where(unused)):
        await session.delete(given)
    await session.flush()
    return len(rows)


async def seen_user(
    session: AsyncSession, principal: Principal, user_id: str | None, operator_id: str | None = None
) -> str:
    """Whose progress is asked for: one's own, as a supervisor that of operators of one's teams, as an admin anyone's.

    Named by the operator's id of calls it is the first of that operator's users.

    Raises:
        404: there is no such user, or not for this principal.
    """
    own = principal.user_id or missing("user of this id")
    if operator_id is None and user_id in (None, own):
        return own
    query = select(UserRow.id).order_by(UserRow.active.desc(), UserRow.id).limit(1)
    if user_id is not None:
        query = query.where(UserRow.id == user_id)
    if operator_id is not None:
        query = query.where(UserRow.operator_id == operator_id)
    if not principal.at_least(Role.admin):
        if not principal.at_least(Role.supervisor):
            return await session.scalar(query.where(UserRow.id == own)) or missing("user of this id")
        teams = select(user_teams.c.user_id).where(user_teams.c.team_id.in_(principal.teams))
        query = query.where(UserRow.role == Role.operator.value, UserRow.id.in_(teams))
    return await session.scalar(query) or missing("user of this id")


async def _with_key(session: AsyncSession, user_id: str, key: str) -> AttemptRow | None:
    query = select(AttemptRow).where(AttemptRow.user_id == user_id, AttemptRow.idempotency_key == key)
    found: AttemptRow | None = await session.scalar(query)
    return found
