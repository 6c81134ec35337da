"""Sending recordings in, and how far an upload is."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, HeaderParameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import QueryError, UnavailableError
from diktor.settings import Settings
from diktor.store.browse import Browse
from diktor.store.client import Store
from diktor.wire import Page
from diktor.wire.calls import Batch, BatchFile, Direction
from services.api.access import Principal, Role, Scope, scoped
from services.api.calls import uploads
from services.api.calls.query import Limit
from services.api.calls.tables import BatchFileRow, BatchRow
from services.api.language import Language, said
from services.api.operations import audit
from services.api.operations.idempotency import once
from services.api.parts import Parts
from services.api.problems import missing
from services.api.sql import page_of

LARGEST = 2 << 30
"""Bytes of one upload, all of its files together: what is larger is sent in several."""

FINAL = {"scored", "failed", "refused", "erased"}


class UploadForm(msgspec.Struct, kw_only=True):
    """Recordings, or zip archives of them. `channels` names a file's channels in order, comma-separated.

    With `batch_id` they join an upload of one's own, which has said everything else already.
    """

    files: list[UploadFile]
    batch_id: str | None = None
    operator_id: str | None = None
    team_id: str | None = None
    direction: Direction = "unknown"
    channels: str = ""
    started_at: datetime | None = None


class BatchController(Controller):
    """Uploads. An operator sends calls of his own, a supervisor those of the own teams."""

    path = "/calls"
    tags = ("calls",)

    @post(
        operation_id="calls_upload",
        summary="Send recordings in",
        status_code=202,
        guards=[scoped(Scope.ingest)],
        request_max_body_size=LARGEST,
    )
    async def upload(
        self,
        data: Annotated[UploadForm, Body(media_type=RequestEncodingType.MULTI_PART)],
        principal: Principal,
        session: AsyncSession,
        settings: Settings,
        state: State,
        language: Language,
        idempotency_key: Annotated[
            str | None, HeaderParameter(name="Idempotency-Key", description="the same request is done once")
        ] = None,
    ) -> Batch:
        """Kept when this answers, and sent to be scored then; the batch says of each file how far it is, and what is
        wrong with it. The same recording sent again is the same call. Of an upload that is joined, `files` and `counts`
        are those of this request."""

        async def work() -> Batch:
            batch = await _begun(data, principal, session)
            await uploads.check_room(session, settings, principal)
            rows = await uploads.accept(session, settings, batch, data.files)
            await audit.record(session, principal, "calls.upload", subject=batch.id, files=len(rows))
            await session.commit()
            state.sender.wake()
            return shown(batch, rows)

        whose = (data.batch_id, data.operator_id, data.team_id)
        digest = uploads.digest(data.files, *whose, data.direction, data.channels, str(data.started_at))
        batch = await once(state.database, principal, "calls_upload", idempotency_key, digest, Batch, work)
        return spoken(batch, language)

    @get("/batches", operation_id="calls_list_batches", summary="One's uploads, the newest first")
    async def list_batches(
        self,
        principal: Principal,
        session: AsyncSession,
        state: State,
        language: Language,
        limit: Limit = 20,
        cursor: str | None = None,
    ) -> Page[Batch]:
        """Administrators see everybody's."""
        query = select(BatchRow)
        if principal.role is not Role.admin:
            query = query.where(BatchRow.by == principal.name)
        page = await page_of(session, query, BatchRow, lambda row: row, limit, cursor)
        files = await _files(session, state, [row.id for row in page.items])
        items = [shown(row, [file for file in files if file.batch_id == row.id]) for row in page.items]
        return Page(items=[spoken(item, language) for item in items], next=page.next)

    @get(
        "/batches/{batch_id:str}",
        operation_id="calls_get_batch",
        summary="How far an upload is",
        guards=[scoped(Scope.ingest)],
    )
    async def get_batch(
        self, batch_id: str, principal: Principal, session: AsyncSession, state: State, language: Language
    ) -> Batch:
        """While ClickHouse is away, what was scored since shows as `sent`."""
        row = await session.get(BatchRow, batch_id)
        if row is None or (principal.role is not Role.admin and row.by != principal.name):
            missing("such upload")
        return spoken(shown(row, await _files(session, state, [batch_id])), language)


async def _begun(data: UploadForm, principal: Principal, session: AsyncSession) -> BatchRow:
    """A new upload, or the one that is joined.

    Raises: 403: it would be somebody else's calls. 404: there is no such upload of one's own. QueryError.
    """
    if data.batch_id is None:
        whose = uploads.owner(principal, data.operator_id, data.team_id)
        return uploads.batch_of(principal, whose, data.direction, data.channels, data.started_at)
    if data.operator_id or data.team_id or data.channels or data.started_at or data.direction != "unknown":
        raise QueryError("an upload that is joined has said whose its calls are", "Send batch_id and files alone")
    row = await session.get(BatchRow, data.batch_id)
    if row is None or row.by != principal.name:
        missing("such upload")
    uploads.owner(principal, uploads.said(row.operator_id), uploads.said(row.team_id))
    return row


def shown(batch: BatchRow, files: Sequence[BatchFileRow]) -> Batch:
    """An upload on the wire."""
    counts = Counter(file.state for file in files)
    return Batch(
        batch_id=batch.id,
        created_at=batch.created_at,
        by=batch.by,
        operator_id=batch.operator_id,
        team_id=batch.team_id,
        counts=dict(counts),
        done=counts.keys() <= FINAL,
        files=[
            BatchFile(
                file_id=file.id,
                name=file.name,
                size=file.size,
                state=file.state,  # type: ignore[arg-type]  # written here only
                call_id=file.call_id,
                duplicate=file.duplicate,
                problem=file.problem,
            )
            for file in files
        ],
    )


def spoken(batch: Batch, language: Language) -> Batch:
    """An upload with its files' problems in a language."""
    files = [msgspec.structs.replace(file, problem=said(file.problem, language)) for file in batch.files]
    return msgspec.structs.replace(batch, files=files)


async def _files(session: AsyncSession, state: State, batch_ids: list[str]) -> list[BatchFileRow]:
    """The files of uploads, brought up to date with what ClickHouse knows of their calls."""
    query = select(BatchFileRow).where(BatchFileRow.batch_id.in_(batch_ids)).order_by(BatchFileRow.id)
    files = list((await session.scalars(query)).all())
    parts: Parts = state.parts
    if sent := [file for file in files if file.state == "sent" and file.call_id]:
        try:
            client = await parts.clickhouse()
            known = await Browse(Store(client, state.settings), client, state.settings).statuses(
                [file.call_id for file in sent if file.call_id]
            )
        except UnavailableError:
            return files
        for file in sent:
            if (status := known.get(file.call_id or "")) in ("scored", "failed"):
                file.state = status
    return files
