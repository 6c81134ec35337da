"""Following live calls: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from clickhouse_connect.driver.asyncclient import AsyncClient
from litestar import Controller, get
from litestar.datastructures import State
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter
from litestar.response import Stream

from diktor.errors import QueryError
from services.api.access import Principal, Scope, scoped
from services.api.calls.live import EPOCH, Live
from services.api.calls.seen import sight_of

FURTHEST = timedelta(hours=1)
"""Who comes back later than that asks for the list of calls."""


class EventController(Controller):
    """Live calls."""

    path = "/events"
    tags = ("calls",)

    @get(
        operation_id="calls_follow",
        summary="Calls as they begin and are scored",
        guards=[scoped(Scope.read)],
        responses={
            200: ResponseSpec(
                str,
                media_type="text/event-stream",
                description="events `call` with a call as the list shows it",
                generate_examples=False,
            )
        },
    )
    async def follow(
        self,
        principal: Principal,
        state: State,
        clickhouse: AsyncClient,
        last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=30)] = None,
    ) -> Stream:
        """Ends after a quarter of an hour at most: come again with Last-Event-ID, as browsers do, and nothing is
        missed of the last hour. 503 where ClickHouse, whose rows these are, is away now."""
        live: Live = state.live
        sight = sight_of(principal)
        after = _moment(last_event_id)
        listener = live.join(sight)
        try:
            missed = await live.since(max(after, datetime.now(UTC) - FURTHEST), sight) if after else []
        except BaseException:
            live.leave(listener)
            raise

        async def content() -> AsyncIterator[bytes]:
            try:
                async for piece in listener.stream(missed):
                    yield piece
            finally:
                live.leave(listener)

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Stream(content(), media_type="text/event-stream", headers=headers)


def _moment(last_event_id: str | None) -> datetime | None:
    if not last_event_id:
        return None
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 17:
        raise QueryError("Last-Event-ID is the id of no event", "Leave it out, or send the last event's id")
    return EPOCH + timedelta(microseconds=int(last_event_id))
