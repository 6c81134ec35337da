"""Erasing calls, operators and callers, and the ledger of it."""

from typing import Any

from litestar import Controller, delete, get, post
from litestar.datastructures import State
from litestar.di import Provide
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import QueryError, UnavailableError
from diktor.store.browse import Browse
from diktor.wire import Page
from diktor.wire.calls import Erasure, ErasureForm
from services.api.access import Principal, Role, at_least
from services.api.calls.controller import provide_browse
from services.api.calls.ledger import Ledger
from services.api.calls.query import Limit
from services.api.calls.seen import sight_of
from services.api.calls.tables import ErasedCallRow, ErasureRow
from services.api.operations import audit
from services.api.problems import missing
from services.api.sql import page_of

BROWSE = {"browse": Provide(provide_browse)}


class EraseCallController(Controller):
    """Erasing one call."""

    path = "/calls"
    tags = ("calls",)
    dependencies = BROWSE

    @delete(
        "/{call_id:str}",
        operation_id="calls_erase",
        summary="Erase a call for good",
        guards=[at_least(Role.supervisor)],
    )
    async def erase(
        self, call_id: str, browse: Browse, principal: Principal, session: AsyncSession, state: State
    ) -> None:
        """Recording, windows, verdict, labels; a replay or a restored backup does not bring it back. The same recording
        sent again, later and on purpose, is a new call."""
        await browse.seen(call_id, sight_of(principal)) or missing("such call")
        ledger: Ledger = state.ledger
        row = await ledger.enter(session, principal, "call", call_id)
        await audit.record(session, principal, "calls.erase", subject=call_id)
        await session.commit()
        await ledger.apply([row])


class ErasureController(Controller):
    """Erasing all that is known of an operator's or a caller's calls."""

    path = "/erasures"
    tags = ("calls",)
    guards = (at_least(Role.admin),)

    @post(operation_id="calls_create_erasure", summary="Erase an operator's or a caller's calls", status_code=202)
    async def create(self, data: ErasureForm, principal: Principal, session: AsyncSession, state: State) -> Erasure:
        """Entered into the ledger when this answers, and applied at once where all parts are up (`applied_at`), else as
        soon as they are. Calls that come later are not touched."""
        if (data.operator_id is None) == (data.caller_id is None):
            raise QueryError("an erasure names an operator or a caller", "Send operator_id or caller_id, one of them")
        ledger: Ledger = state.ledger
        kind, subject = ("operator", data.operator_id) if data.operator_id is not None else ("caller", data.caller_id)
        row = await ledger.enter(session, principal, kind, subject or "")  # type: ignore[arg-type]
        await audit.record(session, principal, "calls.erase_person", subject=row.id, kind=kind)
        await session.commit()
        try:
            await ledger.apply([row])
        except (UnavailableError, OSError):  # the ledger's sweep goes on with it
            return await _shown(session, row)
        await session.refresh(row)
        return await _shown(session, row)

    @get(operation_id="calls_list_erasures", summary="The ledger, the newest first")
    async def list_erasures(self, session: AsyncSession, limit: Limit = 50, cursor: str | None = None) -> Page[Erasure]:
        """What was erased, when, and by whom."""
        page: Page[Any] = await page_of(session, select(ErasureRow), ErasureRow, lambda row: row, limit, cursor)
        return Page(items=[await _shown(session, row) for row in page.items], next=page.next)

    @get("/{erasure_id:str}", operation_id="calls_get_erasure", summary="How far an erasure is")
    async def get_erasure(self, erasure_id: str, session: AsyncSession) -> Erasure:
        """One entry of the ledger."""
        return await _shown(session, await session.get(ErasureRow, erasure_id) or missing("such erasure"))


async def _shown(session: AsyncSession, row: ErasureRow) -> Erasure:
    query = select(func.count()).where(ErasedCallRow.erasure_id == row.id)
    count = (await session.scalar(query) or 0) if row.kind != "call" else int(row.applied_at is not None)
    return Erasure(
        erasure_id=row.id,
        kind=row.kind,  # type: ignore[arg-type]  # written by the ledger only
        subject=row.subject,
        by=row.by,
        created_at=row.created_at,
        applied_at=row.applied_at,
        calls=count,
    )
