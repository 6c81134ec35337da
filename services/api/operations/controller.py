"""The audit log and what is kept how long, for administrators."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get
from litestar.params import Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.operations import AuditEntry, Retention
from services.api.access import Role, at_least
from services.api.operations.tables import AuditRow
from services.api.sql import page_of, utc


@get(
    "/retention",
    operation_id="operations_get_retention",
    summary="What is kept how long",
    tags=["operations"],
    guards=[at_least(Role.admin)],
)
async def retention(settings: Settings) -> Retention:
    """As this service is set; ingest and ClickHouse read the same setting."""
    return Retention(days=settings.retention_days)


class AuditController(Controller):
    """Who did what."""

    path = "/audit"
    tags = ("operations",)

    @get(operation_id="operations_list_audit", summary="Who did what, newest first", guards=[at_least(Role.admin)])
    async def list_audit(
        self,
        session: AsyncSession,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
        cursor: str | None = None,
    ) -> Page[AuditEntry]:
        """Filters add up; `action` may be an area (`calls`) or one of its verbs (`calls.listen`)."""
        query = select(AuditRow)
        if actor is not None:
            query = query.where(AuditRow.actor == actor)
        if action is not None:
            query = query.where((AuditRow.action == action) | AuditRow.action.startswith(f"{action}.", autoescape=True))
        if subject is not None:
            query = query.where(AuditRow.subject == subject)
        if since is not None:
            query = query.where(AuditRow.created_at >= utc(since))
        if until is not None:
            query = query.where(AuditRow.created_at < utc(until))
        return await page_of(session, query, AuditRow, _entry, limit, cursor)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.created_at,
        actor=row.actor,
        role=row.role,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        request_id=row.request_id,
    )
