"""Statistics of scored calls. Operators see their own, supervisors those of their teams."""

from typing import Annotated, Literal

from clickhouse_connect.driver.asyncclient import AsyncClient
from litestar import Controller, get
from litestar.di import Provide
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import QueryError
from diktor.settings import Settings
from diktor.store.comparison import FEWEST
from diktor.store.figures import Order
from diktor.store.selection import Selection
from diktor.store.statistics import By, Statistics, Width
from diktor.wire.stats import Bucket, Distribution, Drift, Effect, Figures, Group, Leaderboard, Overview, Reviewed
from services.api.access import Role, Scope, at_least, scoped
from services.api.stats import effect, service
from services.api.stats.query import Zone, selection


async def provide_statistics(clickhouse: AsyncClient, settings: Settings) -> Statistics:
    """Asking of scored calls."""
    return Statistics(clickhouse, settings)


DEPENDENCIES = {"chosen": Provide(selection), "statistics": Provide(provide_statistics)}


class StatsController(Controller):
    """Every figure counts scored calls once, whatever was replayed."""

    path = "/stats"
    tags = ("stats",)
    guards = (scoped(Scope.read),)
    dependencies = DEPENDENCIES

    @get("/totals", operation_id="stats_get_totals", summary="Everything chosen, together, by defect")
    async def totals(self, chosen: Selection, statistics: Statistics) -> Figures:
        """Zeros where there is nothing."""
        return await statistics.totals(chosen)

    @get("/overview", operation_id="stats_get_overview", summary="Today against the usual")
    async def overview(self, chosen: Selection, statistics: Statistics, zone: Zone = "Europe/Moscow") -> Overview:
        """Today until now, and the same hours of the 28 days before; `since` and `until` play no part."""
        return await service.overview(statistics, chosen, zone)

    @get("/trend", operation_id="stats_list_trend", summary="By hour, day or week")
    async def trend(
        self, chosen: Selection, statistics: Statistics, width: Width = "day", zone: Zone = "Europe/Moscow"
    ) -> list[Bucket]:
        """Hours, days or weeks without a call are left out."""
        return list(await statistics.over_time(chosen, width, zone))

    @get("/groups", operation_id="stats_list_groups", summary="By operator, team or release")
    async def groups(self, chosen: Selection, statistics: Statistics, by: By = "team") -> list[Group]:
        """Every one with a scored call in the period."""
        return list(await statistics.groups(chosen, by))

    @get("/leaderboard", operation_id="stats_list_leaderboard", summary="Operators or teams in an order")
    async def leaderboard(
        self,
        chosen: Selection,
        statistics: Statistics,
        by: Literal["operator", "team"] = "operator",
        order: Order = "likely",
        order_defect: Annotated[str | None, Parameter(description="whose risk or share; the first chosen")] = None,
        minimum_calls: Annotated[int, Parameter(ge=0, le=1_000_000)] = 20,
        descending: bool = True,
        limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
        cursor: Annotated[str | None, Parameter(max_length=10)] = None,
    ) -> Leaderboard:
        """Nobody is ranked by a handful of calls: `too_few` have less than `minimum_calls`. `likely` goes by the lower
        end of the share's 95 % interval."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
            raise QueryError("The cursor is none that a page gave", "Hand back `next` as it came, or begin")
        defect = order_defect or chosen.defects[0]
        return await service.leaderboard(
            statistics, chosen, by, order, defect, minimum_calls, int(cursor or 0), limit, descending
        )

    @get("/distribution", operation_id="stats_list_distribution", summary="How risks lie")
    async def distribution(
        self, chosen: Selection, statistics: Statistics, steps: Annotated[int, Parameter(ge=1, le=100)] = 20
    ) -> list[Distribution]:
        """Counts in equal steps of 0–100, and quantiles."""
        return list(await statistics.distribution(chosen, steps))

    @get("/drift", operation_id="stats_list_drift", summary="What windows said, by release and time")
    async def drift(
        self, chosen: Selection, statistics: Statistics, width: Width = "day", zone: Zone = "Europe/Moscow"
    ) -> list[Drift]:
        """Mean probabilities: a release that hears otherwise, or calls that sound otherwise, show here."""
        return list(await statistics.drift(chosen, width, zone))

    @get("/training-effect", operation_id="stats_get_training_effect", summary="Calls before training and after")
    async def training_effect(
        self,
        chosen: Selection,
        statistics: Statistics,
        session: AsyncSession,
        days: Annotated[int, Parameter(ge=1, le=366, description="on either side")] = 28,
        attempts: Annotated[int, Parameter(ge=1, le=10_000, description="after how many scored ones")] = 1,
        minimum_calls: Annotated[int, Parameter(ge=FEWEST, le=1_000_000, description="of an operator, per side")] = 20,
    ) -> Effect:
        """Each operator is held against themselves, and all of them count alike. `since` and `until` play no part."""
        return await effect.of_training(statistics, session, chosen, days, attempts, minimum_calls)

    @get(
        "/reviewed",
        operation_id="stats_list_reviewed",
        summary="How often people rejected what was flagged",
        guards=[at_least(Role.supervisor)],
    )
    async def reviewed(self, chosen: Selection, statistics: Statistics, by: By = "release") -> list[Reviewed]:
        """Per group and defect with a label."""
        return list(await statistics.reviewed(chosen, by))
