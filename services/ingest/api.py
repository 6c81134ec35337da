"""The HTTP door: `POST /calls` with a file, `GET /calls/{id}`, `/health`, `/metrics`."""

import asyncio
import contextlib
import errno
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import Body
from prometheus_client import generate_latest

from diktor import traces
from diktor.audio.grid import Grid
from diktor.errors import DiktorError, UnavailableError, told
from diktor.recordings import Recordings
from diktor.settings import Settings
from services.ingest.intake import Direction, Intake, Offer, Taken
from services.ingest.publish import Publications
from services.ingest.tokens import Tokens
from services.ingest.watch import watch

log = logging.getLogger(__name__)

PIECE = 1 << 20


@dataclass
class CallForm:
    """The multipart form. `channels`: comma-separated, in the file's order. `speed`: times real time, or max."""

    file: UploadFile
    operator_id: str = "unknown"
    team_id: str = "unknown"
    direction: Direction = "unknown"
    started_at: datetime | None = None
    channels: str = ""
    speed: str = "max"


class Accepted(msgspec.Struct):
    """A call that was taken in; `windows` are those its channels will have."""

    call_id: str
    file: str
    duplicate: bool
    duration_ms: int
    channels: list[str]
    windows: int
    published: bool


def application(settings: Settings) -> Litestar:
    """The service."""
    recordings = Recordings(settings.recordings_url)
    publications = Publications(settings, recordings)
    intake, tokens = Intake(settings, recordings, publications), Tokens(settings)

    @contextlib.asynccontextmanager
    async def working(app: Litestar) -> AsyncIterator[None]:
        shutil.rmtree(settings.spool, ignore_errors=True)  # what a crash left
        settings.spool.mkdir(parents=True, exist_ok=True)
        tasks = watch(intake, recordings, settings)
        try:
            yield
        finally:
            await tasks.stop()
            await publications.stop()
            await tokens.close()
            await asyncio.to_thread(traces.end)

    return Litestar(
        [take_call, show_call, health, metrics],
        lifespan=[working],
        state=State(
            {
                "intake": intake,
                "recordings": recordings,
                "publications": publications,
                "settings": settings,
                "tokens": tokens,
            }
        ),
        exception_handlers={
            DiktorError: _refused,
            UnavailableError: _away,
            HTTPException: _http_problem,
            OSError: _not_kept,
            Exception: _broken,
        },
        logging_config=None,
        openapi_config=None,
        request_max_body_size=settings.ingest_max_bytes,
    )


async def with_token(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse whoever does not carry a token."""
    tokens: Tokens = connection.app.state.tokens
    scheme, _, given = connection.headers.get("Authorization", "").partition(" ")
    if not tokens.set:
        raise NotAuthorizedException("no token is set here. Set DIKTOR_INGEST_TOKEN, or use diktor up")
    if scheme.lower() != "bearer" or not await tokens.lets_in(given):
        raise NotAuthorizedException(
            "the token is missing or wrong. Send Authorization: Bearer <DIKTOR_INGEST_TOKEN>, or a service token with "
            "the scope ingest"
        )


@post("/calls", guards=[with_token], status_code=202)
async def take_call(
    data: Annotated[CallForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    state: State,
    request: Request[Any, Any, Any],
) -> Response[Accepted]:
    """Take a recording in: 202 when it is stored and being published, 200 when it was there before."""
    offer = Offer(
        file_name=Path(data.file.filename or "upload").name,
        operator_id=data.operator_id,
        team_id=data.team_id,
        direction=data.direction,
        started_at=data.started_at,
        channels=tuple(name.strip() for name in data.channels.split(",") if name.strip()),
        speed=_speed(data.speed),
    )
    with tempfile.TemporaryDirectory(dir=state.settings.spool) as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as file:
            while piece := await data.file.read(PIECE):
                file.write(piece)
        with traces.span("POST /calls", traces.parent_of(request.headers.get(traces.TRACEPARENT))):
            taken: Taken = await state.intake.take(path, offer)
    return Response(_accepted(taken), status_code=200 if taken.duplicate else 202)


@get("/calls/{call_id:str}", guards=[with_token])
async def show_call(call_id: str, state: State) -> Accepted:
    """What is known of a recording, and whether all of it is published."""
    found = state.recordings.get(call_id)
    if found is None:
        raise NotFoundException(f"there is no recording of call {call_id}")
    return _accepted(Taken(found, True))


@get("/health")
async def health() -> dict[str, str]:
    """Alive."""
    return {"status": "ok"}


@get("/metrics", media_type=MediaType.TEXT)
async def metrics() -> bytes:
    """Prometheus form."""
    return generate_latest()


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 10_000:
        raise DiktorError(f"speed {text!r}", "A number above 0 (times real time), or max")
    return speed


def _accepted(taken: Taken) -> Accepted:
    recording = taken.recording
    return Accepted(
        call_id=recording.call_id,
        file=recording.file_name,
        duplicate=taken.duplicate,
        duration_ms=recording.duration_ms,
        channels=list(recording.channels),
        windows=len(recording.channels) * Grid().count(recording.duration_ms),
        published=recording.published,
    )


def _refused(_: Request[Any, Any, Any], error: DiktorError) -> Response[dict[str, Any]]:
    return _problem(422, "refused", error.cause, error.remedy)


def _away(_: Request[Any, Any, Any], error: UnavailableError) -> Response[dict[str, Any]]:
    response = _problem(503, "away", error.cause, error.remedy)
    response.headers["Retry-After"] = "5"
    return response


def _not_kept(_: Request[Any, Any, Any], error: OSError) -> Response[dict[str, Any]]:
    """The disk or the recordings store: not the sender's fault, and worth another try."""
    log.error("a recording could not be kept: %s", told(error))
    status = 507 if error.errno in (errno.ENOSPC, errno.EDQUOT) else 503
    cause = f"the recording could not be kept here: {error.strerror or error}"
    return _problem(status, "not kept", cause, "Nothing was taken: send it again when the store is well")


def _broken(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """A bug of ours."""
    log.error("a request failed", exc_info=error)
    return _problem(500, "failed", "an error of this service", "Its log has it")


def _http_problem(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    return _problem(error.status_code, type(error).__name__, error.detail, "")


def _problem(status: int, title: str, cause: str, remedy: str) -> Response[dict[str, Any]]:
    """A problem document of RFC 9457."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": cause, "remedy": remedy}
    return Response(body, status_code=status, media_type="application/problem+json")
