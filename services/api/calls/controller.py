"""Looking for calls, looking at one, listening to it, taking tables away."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Literal

from clickhouse_connect.driver.asyncclient import AsyncClient
from litestar import Controller, Request, Response, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import ResponseSpec
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.store.browse import Browse
from diktor.store.client import Store
from diktor.store.filters import CallFilter, Place
from diktor.store.labels import Labels
from diktor.wire import Page
from diktor.wire.calls import Call, CallDetail, Waveform
from services.api.access import Principal, Scope, scoped
from services.api.calls import audio, shown
from services.api.calls.query import Limit, call_filter
from services.api.calls.seen import sight_of
from services.api.openapi import forms
from services.api.operations import audit
from services.api.problems import missing

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


async def provide_browse(store: Store, clickhouse: AsyncClient, settings: Settings) -> Browse:
    """Reading calls."""
    return Browse(store, clickhouse, settings)


DEPENDENCIES = {"wanted": Provide(call_filter), "browse": Provide(provide_browse)}


class CallController(Controller):
    """Calls. What somebody may not see is as if it were not there."""

    path = "/calls"
    tags = ("calls",)
    dependencies = DEPENDENCIES

    @get(operation_id="calls_list", summary="Calls, the newest first", guards=[scoped(Scope.read)])
    async def list_calls(
        self, wanted: CallFilter, browse: Browse, limit: Limit = 50, cursor: str | None = None
    ) -> Page[Call]:
        """`defect`, `minimum_risk` and `verdict` must hold together, of one channel. Calls that come while somebody
        turns the pages move nothing."""
        rows, after = await browse.page(wanted, Place.read(cursor) if cursor is not None else None, limit)
        labelled = await browse.labelled([row.call_id for row in rows]) if rows else frozenset()
        items = [shown.call(row, row.call_id in labelled) for row in rows]
        return Page(items=items, next=after.text() if after else None)

    @get(
        "/export",
        operation_id="calls_export",
        summary="A table of calls: a line per call, channel and defect",
        guards=[scoped(Scope.read)],
        responses={200: ResponseSpec(bytes, media_type="text/csv", description="the file", generate_examples=False)},
        operation_class=forms("text/csv", MEDIA_TYPES["parquet"]),
    )
    async def export(
        self,
        wanted: CallFilter,
        browse: Browse,
        principal: Principal,
        session: AsyncSession,
        format: Literal["csv", "parquet"] = "csv",  # the parameter's name on the wire
    ) -> Stream:
        """Made as it is read; filters as those of the list."""
        opened = AsyncExitStack()
        pieces = await opened.enter_async_context(browse.table(wanted, format))

        async def content() -> AsyncIterator[bytes]:
            async with opened:
                async for piece in pieces:
                    yield piece

        await audit.record(session, principal, "calls.export", format=format)
        headers = {"Content-Disposition": f'attachment; filename="calls.{format}"'}
        return Stream(content(), media_type=MEDIA_TYPES[format], headers=headers)

    @get("/{call_id:str}", operation_id="calls_get", summary="One call with its windows", guards=[scoped(Scope.read)])
    async def get_call(
        self, call_id: str, browse: Browse, store: Store, clickhouse: AsyncClient, principal: Principal, state: State
    ) -> CallDetail:
        """Windows, evidence and labels of every channel; people alone see what people said."""
        row = await browse.seen(call_id, sight_of(principal)) or missing("such call")
        windows = await store.windows_of(call_id)
        said = await Labels(clickhouse, state.settings).of([call_id])
        recording = await audio.recording_of(state.recordings, call_id)
        return CallDetail(
            call=shown.call(row, bool(said)),
            evidence=shown.evidence(row, windows),
            windows=shown.windows(windows, shown.defects_of(row)),
            labels=[shown.label(label) for label in said] if principal.role is not None else [],
            recorded=recording is not None,
        )

    @get("/{call_id:str}/waveform", operation_id="calls_get_waveform", summary="How loud a call is over time")
    async def get_waveform(self, call_id: str, browse: Browse, principal: Principal, state: State) -> Waveform:
        """Computed when it is first asked for."""
        await browse.seen(call_id, sight_of(principal)) or missing("such call")
        recording = await audio.recording_of(state.recordings, call_id) or missing("recording of this call")
        async with state.decoding:
            return await audio.waveform(state.recordings, recording, state.settings)

    @get(
        "/{call_id:str}/audio",
        operation_id="calls_listen",
        summary="The recording as it was taken in",
        responses={
            200: ResponseSpec(bytes, media_type="audio/*", description="all of it", generate_examples=False),
            206: ResponseSpec(bytes, media_type="audio/*", description="a range of it", generate_examples=False),
            416: ResponseSpec(bytes, media_type="audio/*", description="beyond its end", generate_examples=False),
        },
        operation_class=forms("audio/*", "application/octet-stream"),
    )
    async def listen(
        self,
        call_id: str,
        browse: Browse,
        principal: Principal,
        session: AsyncSession,
        state: State,
        request: Request[Any, Any, Any],
    ) -> Response[Any]:
        """With HTTP ranges. That somebody listens is noted, once in ten minutes."""
        await browse.seen(call_id, sight_of(principal)) or missing("such call")
        recording = await audio.recording_of(state.recordings, call_id) or missing("recording of this call")
        if state.listeners.begins(principal.name, call_id):
            await audit.record(session, principal, "calls.listen", subject=call_id)
        return audio.answer(state.recordings, recording, request.headers)
