"""How much of something somebody may have in a day (UTC): counted in the database, so for all processes together."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from services.api.access.principal import Principal
from services.api.operations.tables import UsageRow
from services.api.problems import problem
from services.api.sql.base import now
from services.api.sql.engine import Database

KEPT = timedelta(days=7)


class Quota:
    """So much of `what` (as in "seconds of audio to check") a day for each user and service token."""

    def __init__(self, database: Database, what: str, most: float) -> None:
        self._database, self._what, self._most = database, what, most

    async def take(self, principal: Principal, amount: float) -> None:
        """Use up so much of today's.

        Raises:
            HTTPException: 429: it is more than is left; nothing is used up.
        """
        place, at = self._place(principal), now()
        insert = postgresql.insert if self._database.engine.dialect.name == "postgresql" else sqlite.insert
        more = insert(UsageRow).values(id=place, created_at=at, used=amount)
        more = more.on_conflict_do_update(
            index_elements=["id"],
            set_={"used": UsageRow.used + amount},
            where=UsageRow.used + amount <= self._most,
        )
        async with self._database.sessions() as session:
            await session.execute(delete(UsageRow).where(UsageRow.created_at < at - KEPT))
            taken = amount <= self._most and bool((await session.execute(more.returning(UsageRow.id))).all())
            await session.commit()
        if not taken:
            raise problem(
                429,
                f"{amount:.0f} {self._what} are more than is left of today's {self._most:.0f}",
                "Come back tomorrow (UTC), or have the limit raised",
                _until_tomorrow(at),
            )

    async def give_back(self, principal: Principal, amount: float) -> None:
        """What was taken came to nothing."""
        place = self._place(principal)
        async with self._database.sessions() as session:
            await session.execute(update(UsageRow).where(UsageRow.id == place).values(used=UsageRow.used - amount))
            await session.commit()

    def _place(self, principal: Principal) -> str:
        return f"{principal.name} {self._what} {now().date()}"


def _until_tomorrow(at: datetime) -> int:
    tomorrow = datetime.combine(at.date() + timedelta(days=1), time(), UTC)
    return max(1, int((tomorrow - at).total_seconds()))
