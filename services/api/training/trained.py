"""Who trained, and when: what other areas ask of attempts."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.store.around import Span
from services.api.access import Role
from services.api.accounts.tables import UserRow, user_teams
from services.api.training.tables import AttemptRow


async def trained(
    session: AsyncSession, teams: Collection[str] | None, operators: Collection[str] | None, attempts: int
) -> list[Span]:
    """From the first to the `attempts`-th scored attempt of operators of these teams (None: of all), by operator.

    Who has fewer is not among them; users of one operator count as one.
    """
    number = func.row_number().over(partition_by=UserRow.operator_id, order_by=(AttemptRow.created_at, AttemptRow.id))
    query = (
        select(UserRow.operator_id, AttemptRow.created_at, number.label("number"))
        .join(UserRow, UserRow.id == AttemptRow.user_id)
        .where(AttemptRow.outcome == "scored", UserRow.role == Role.operator.value, UserRow.operator_id.is_not(None))
    )
    if operators is not None:
        query = query.where(UserRow.operator_id.in_(operators))
    if teams is not None:
        members = select(user_teams.c.user_id).where(user_teams.c.team_id.in_(teams))
        query = query.where(UserRow.id.in_(members))
    numbered = query.subquery()
    first, last = func.min(numbered.c.created_at), func.max(numbered.c.created_at)
    spans = (
        select(numbered.c.operator_id, first, last)
        .where(numbered.c.number.in_({1, attempts}))
        .group_by(numbered.c.operator_id)
        .having(func.max(numbered.c.number) == attempts)
        .order_by(numbered.c.operator_id)
    )
    return [Span(*row) for row in await session.execute(spans)]
