"""The application: what every request goes through, and what lives as long as the service."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.stores.memory import MemoryStore

from diktor import traces
from diktor.errors import DiktorError
from diktor.settings import Settings
from services.api import openapi
from services.api.access import limits, provide_principal
from services.api.access.authentication import authentication
from services.api.access.tokens import AccessTokens
from services.api.accounts.passwords import Passwords
from services.api.accounts.sessions import Sessions
from services.api.calls import background as calls
from services.api.checks.uploads import Uploads
from services.api.language import provide_language
from services.api.models.deployments import Deployments, provide_deployments
from services.api.operations import tidy
from services.api.parts import Parts, provide_clickhouse, provide_settings, provide_store, provide_triton
from services.api.problems import HANDLERS
from services.api.requests import Requests, note
from services.api.routes import routes
from services.api.sql import Database
from services.api.sql.engine import provide_session
from services.api.training.practice import practising

log = logging.getLogger(__name__)


def application(settings: Settings) -> Litestar:
    """The service. Its state: `settings`, `database`, `parts`, `access_tokens`, `practice`.

    Raises:
        SettingsError: no secret, or an address of SQL that cannot be.
    """
    tokens, counted = AccessTokens(settings), MemoryStore()
    state = State(
        {
            "settings": settings,
            "access_tokens": tokens,
            "database": Database(settings),
            "sessions": Sessions(settings, tokens),
            "passwords": Passwords(),
        }
    )

    @contextlib.asynccontextmanager
    async def working(app: Litestar) -> AsyncIterator[None]:
        app.state.parts = Parts(settings, app.state.database)
        app.state.uploads = Uploads(settings)
        app.state.deployments = Deployments(settings, app.state.database)
        try:
            await app.state.database.migrate()
        except DiktorError as error:  # it is tried again with the first request
            log.error("started without a database: %s", error.cause)
        tidying = asyncio.create_task(tidy.forever(app.state.database, counted))
        try:
            yield
        finally:
            tidying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await tidying
            await app.state.deployments.close()
            await app.state.parts.close()
            await app.state.database.close()
            await asyncio.to_thread(traces.end)

    return Litestar(
        [*routes(settings), openapi.files()],
        lifespan=[working, calls.working, practising],
        state=state,
        dependencies={
            "principal": Provide(provide_principal),
            "language": Provide(provide_language, sync_to_thread=False),
            "session": Provide(provide_session),
            "settings": Provide(provide_settings),
            "clickhouse": Provide(provide_clickhouse),
            "store": Provide(provide_store),
            "triton": Provide(provide_triton),
            "deployments": Provide(provide_deployments),
        },
        middleware=[Requests(), *limits.limits(settings), authentication()],
        stores={limits.STORE: counted},
        before_send=[note],
        exception_handlers=HANDLERS,
        openapi_config=openapi.description(),
        plugins=[openapi.DocumentedProblems()],
        logging_config=None,
    )
