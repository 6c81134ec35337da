"""What is up, and who did what."""

from datetime import datetime

from diktor.client.request import Area, M, Request, operation
from diktor.wire import Page
from diktor.wire.operations import AuditEntry, Health, Retention


class Operations(Area[M]):
    """Health and the audit log."""

    @operation
    def ready(self) -> Request[Health]:
        """What of the service's parts is down."""
        return Request(method="GET", path="/health/ready", kind=Health)

    @operation
    def get_retention(self) -> Request[Retention]:
        """What is kept how long."""
        return Request(method="GET", path="/api/v1/retention", kind=Retention)

    @operation
    def list_audit(
        self,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Request[Page[AuditEntry]]:
        """Who did what, newest first; `action` may be an area or one of its verbs."""
        query = {
            "actor": actor, "action": action, "subject": subject, "since": since, "until": until,
            "limit": limit, "cursor": cursor,
        }  # fmt: skip
        return Request(method="GET", path="/api/v1/audit", kind=Page[AuditEntry], query=query)
