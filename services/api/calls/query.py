"""A question about calls as it comes in the address of several routes."""

from datetime import datetime
from typing import Annotated

from litestar.params import Parameter

from diktor.rows import Status, VerdictName
from diktor.store.filters import CHANNELS, CallFilter
from diktor.wire.calls import Channel
from services.api.access import Principal
from services.api.calls.seen import sight_of

Limit = Annotated[int, Parameter(ge=1, le=500, description="how many at most")]
Id = Annotated[str, Parameter(max_length=200)]


async def call_filter(
    principal: Principal,
    since: Annotated[datetime | None, Parameter(description="started then or later")] = None,
    until: Annotated[datetime | None, Parameter(description="started before then")] = None,
    team: Annotated[list[Id] | None, Parameter(description="of these teams")] = None,
    operator: Annotated[list[Id] | None, Parameter(description="of these operators")] = None,
    call_id: Annotated[list[Id] | None, Parameter(max_items=500, description="none but these")] = None,
    defect: Annotated[str | None, Parameter(max_length=100)] = None,
    minimum_risk: Annotated[float | None, Parameter(ge=0, le=100)] = None,
    verdict: VerdictName | None = None,
    reviewed: bool | None = None,
    status: Status | None = None,
    release: Annotated[int | None, Parameter(ge=0, lt=1 << 32)] = None,
    channel: Annotated[list[Channel] | None, Parameter(description="judged channels; the operator's")] = None,
) -> CallFilter:
    """What was asked for, of what may be seen.

    Raises:
        QueryError: it makes no sense.
    """
    sight = sight_of(principal)
    return CallFilter(
        since=since,
        until=until,
        sight=sight.narrowed(tuple(team) if team else None, tuple(operator) if operator else None),
        calls=tuple(call_id) if call_id else None,
        defect=defect,
        minimum_risk=minimum_risk,
        verdict=verdict,
        reviewed=reviewed,
        status=status,
        release=release,
        channels=tuple(channel) if channel else CHANNELS,
    )
