"""Statistics of scored calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from diktor.client.request import Area, M, Request, operation
from diktor.wire.calls import Channel
from diktor.wire.stats import Bucket, Distribution, Drift, Effect, Figures, Group, Leaderboard, Overview, Reviewed

HERE = "/api/v1/stats"
By = Literal["operator", "team", "release"]
Width = Literal["hour", "day", "week"]


class Chosen(TypedDict, total=False):
    """Of which calls; the last 30 days of what one may see, if nothing is said."""

    since: datetime
    until: datetime
    team: Sequence[str]
    operator: Sequence[str]
    release: Sequence[int]
    defect: Sequence[str]
    channel: Sequence[Channel]


class Stats(Area[M]):
    """Every figure counts scored calls once."""

    @operation
    def get_totals(self, **chosen: Unpack[Chosen]) -> Request[Figures]:
        """Everything chosen, together, by defect."""
        return Request(method="GET", path=f"{HERE}/totals", kind=Figures, query=chosen)

    @operation
    def get_overview(self, zone: str | None = None, **chosen: Unpack[Chosen]) -> Request[Overview]:
        """Today against the usual."""
        return Request(method="GET", path=f"{HERE}/overview", kind=Overview, query={"zone": zone, **chosen})

    @operation
    def list_trend(
        self, width: Width = "day", zone: str | None = None, **chosen: Unpack[Chosen]
    ) -> Request[list[Bucket]]:
        """By hour, day or week."""
        query = {"width": width, "zone": zone, **chosen}
        return Request(method="GET", path=f"{HERE}/trend", kind=list[Bucket], query=query)

    @operation
    def list_groups(self, by: By = "team", **chosen: Unpack[Chosen]) -> Request[list[Group]]:
        """By operator, team or release."""
        return Request(method="GET", path=f"{HERE}/groups", kind=list[Group], query={"by": by, **chosen})

    @operation
    def list_leaderboard(
        self,
        by: Literal["operator", "team"] = "operator",
        order: str | None = None,
        order_defect: str | None = None,
        minimum_calls: int | None = None,
        descending: bool = True,
        limit: int = 50,
        cursor: str | None = None,
        **chosen: Unpack[Chosen],
    ) -> Request[Leaderboard]:
        """Operators or teams in an order."""
        query = {
            "by": by, "order": order, "order_defect": order_defect, "minimum_calls": minimum_calls,
            "descending": descending, "limit": limit, "cursor": cursor, **chosen,
        }  # fmt: skip
        return Request(method="GET", path=f"{HERE}/leaderboard", kind=Leaderboard, query=query)

    @operation
    def list_distribution(self, steps: int = 20, **chosen: Unpack[Chosen]) -> Request[list[Distribution]]:
        """How risks lie."""
        query = {"steps": steps, **chosen}
        return Request(method="GET", path=f"{HERE}/distribution", kind=list[Distribution], query=query)

    @operation
    def list_drift(
        self, width: Width = "day", zone: str | None = None, **chosen: Unpack[Chosen]
    ) -> Request[list[Drift]]:
        """What windows said, by release and time."""
        query = {"width": width, "zone": zone, **chosen}
        return Request(method="GET", path=f"{HERE}/drift", kind=list[Drift], query=query)

    @operation
    def list_reviewed(self, by: By = "release", **chosen: Unpack[Chosen]) -> Request[list[Reviewed]]:
        """How often people rejected what was flagged."""
        return Request(method="GET", path=f"{HERE}/reviewed", kind=list[Reviewed], query={"by": by, **chosen})

    @operation
    def get_training_effect(
        self,
        days: int | None = None,
        attempts: int | None = None,
        minimum_calls: int | None = None,
        **chosen: Unpack[Chosen],
    ) -> Request[Effect]:
        """Calls before the first training against those after so many attempts."""
        query = {"days": days, "attempts": attempts, "minimum_calls": minimum_calls, **chosen}
        return Request(method="GET", path=f"{HERE}/training-effect", kind=Effect, query=query)
