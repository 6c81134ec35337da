"""Who listened, exported, reviewed, changed: written with what was done, in the same transaction; never changed."""

from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.api.access.principal import Principal
from services.api.operations.tables import AuditRow


async def record(
    session: AsyncSession, principal: Principal | None, action: str, *, subject: str = "", **detail: Any
) -> None:
    """Note that somebody (None: nobody who signed in) did `action` (`area.verb`) to `subject` (an id).

    It is kept when the session is committed. `detail` must hold no personal data: ids, counts, filters.
    """
    session.add(
        AuditRow(
            actor=principal.name if principal else "anonymous",
            role=principal.role.value if principal and principal.role else "",
            action=action,
            subject=subject,
            detail=detail,
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        )
    )
    await session.flush()
