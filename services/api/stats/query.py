"""A question of statistics as it comes in the address of every route."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from litestar.params import Parameter
from msgspec import Meta

from diktor.defects import NAMES
from diktor.store.filters import CHANNELS
from diktor.store.selection import Selection
from diktor.wire.calls import Channel
from services.api.access import Principal
from services.api.calls.seen import sight_of

USUAL = timedelta(days=30)
"""The period when none is named."""

Id = Annotated[str, Parameter(max_length=200)]
Zone = Annotated[str, Parameter(max_length=64, description="whose clocks begin hours, days and weeks: Europe/Moscow")]


async def selection(
    principal: Principal,
    since: Annotated[datetime | None, Parameter(description="started then or later; 30 days before `until`")] = None,
    until: Annotated[datetime | None, Parameter(description="started before then; now")] = None,
    team: list[Id] | None = None,
    operator: list[Id] | None = None,
    release: list[Annotated[int, Meta(ge=0, lt=1 << 32)]] | None = None,
    defect: Annotated[list[Id] | None, Parameter(description="of these defects, in this order; all")] = None,
    channel: Annotated[list[Channel] | None, Parameter(description="judged channels; the operator's")] = None,
) -> Selection:
    """What was asked for, of what may be seen.

    Raises:
        QueryError: it makes no sense.
    """
    end = until or datetime.now(UTC)
    sight = sight_of(principal).narrowed(tuple(team) if team else None, tuple(operator) if operator else None)
    return Selection(
        since=since or end - USUAL,
        until=end,
        teams=sight.teams,
        operators=sight.operators,
        releases=tuple(release) if release else None,
        channels=tuple(channel) if channel else CHANNELS,
        defects=tuple(dict.fromkeys(defect)) if defect else NAMES,
    )
