"""Service tokens: made and revoked by administrators, told about to the services that are shown one."""

import hmac
from datetime import UTC
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post
from litestar.params import Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.accounts import Introspect, Introspection, MadeToken, NewToken, Role, Scope, ServiceToken
from services.api.access import Principal, at_least
from services.api.access.authentication import SERVICE_PREFIX, service
from services.api.access.guards import PUBLIC
from services.api.access.tokens import Bearer, digest, joined, new_secret
from services.api.accounts.tables import ServiceTokenRow
from services.api.operations import audit
from services.api.problems import missing, problem
from services.api.sql import new_id, now, page_of


class TokenController(Controller):
    """Tokens for programs: each has scopes, and a secret that is shown once."""

    path = "/tokens"
    tags = ("accounts",)

    @get(operation_id="accounts_list_tokens", summary="Service tokens, newest first", guards=[at_least(Role.admin)])
    async def list_tokens(
        self,
        session: AsyncSession,
        active: bool | None = None,
        limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
        cursor: str | None = None,
    ) -> Page[ServiceToken]:
        """Without their secrets, which nobody can read again."""
        query = select(ServiceTokenRow)
        if active is not None:
            over = ServiceTokenRow.revoked_at.is_not(None) | (ServiceTokenRow.expires_at <= now())
            query = query.where(~over | over.is_(None) if active else over)
        return await page_of(session, query, ServiceTokenRow, _shown, limit, cursor)

    @post(operation_id="accounts_create_token", summary="Make a service token", guards=[at_least(Role.admin)])
    async def create_token(self, data: NewToken, principal: Principal, session: AsyncSession) -> MadeToken:
        """Its secret is in this answer only."""
        if data.expires_at is not None and (data.expires_at.tzinfo is None or data.expires_at <= now()):
            raise problem(422, "expires_at is past, or has no time zone", "Write it as 2027-01-31T00:00:00Z")
        secret = new_secret()
        row = ServiceTokenRow(
            id=new_id(),
            name=data.name,
            scopes=sorted({scope.value for scope in data.scopes}),
            secret_hash=digest(secret),
            expires_at=data.expires_at and data.expires_at.astimezone(UTC),
            revoked_at=None,
            used_at=None,
        )
        session.add(row)
        await session.flush()
        await audit.record(session, principal, "accounts.create_token", subject=row.id, scopes=row.scopes)
        return MadeToken(token=_shown(row), secret=joined(SERVICE_PREFIX, Bearer(row.id, secret)))

    @delete("/{token_id:str}", operation_id="accounts_revoke_token", summary="Revoke", guards=[at_least(Role.admin)])
    async def revoke_token(self, token_id: str, principal: Principal, session: AsyncSession) -> None:
        """It is void at once; where ingest is shown it, within seconds."""
        row = await session.get(ServiceTokenRow, token_id) or missing("such token")
        if row.revoked_at is None:
            row.revoked_at = now()
            await audit.record(session, principal, "accounts.revoke_token", subject=row.id)

    @post(
        "/introspect",
        operation_id="accounts_introspect_token",
        summary="For ingest: what a service token is worth",
        opt={**PUBLIC, "unlimited": True},
        status_code=200,
    )
    async def introspect(
        self, data: Introspect, request: Request[Any, Any, Any], session: AsyncSession, settings: Settings
    ) -> Introspection:
        """Whether a service token is valid now, and for what. Only whoever has ingest's own token is told."""
        own = settings.ingest_token.get_secret_value()
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not own or scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), own.encode()):
            raise problem(401, "this is for ingest", "Send Authorization: Bearer <DIKTOR_INGEST_TOKEN>")
        principal = await service(session, data.token)
        return Introspection(active=principal is not None, scopes=sorted(principal.scopes) if principal else [])


def _shown(row: ServiceTokenRow) -> ServiceToken:
    return ServiceToken(
        id=row.id,
        name=row.name,
        scopes=[Scope(scope) for scope in row.scopes],
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
