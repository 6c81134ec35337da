"""Every error as a problem document (RFC 9457): what is wrong and why, and what to do. Never a stack trace."""

import errno
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, NoReturn

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    NotAuthorizedException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from diktor.errors import (
    AudioError,
    ContractError,
    DiktorError,
    PipelineError,
    QueryError,
    ReleaseError,
    SettingsError,
    UnavailableError,
    told,
)
from diktor.wire import Problem
from services.api.language import HEADER, Language, language_of, said

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
"""When to ask again for what is away."""

DATA_EXCEPTION = "22"
"""The class of PostgreSQL's errors about values: text with NUL, numbers out of range (its manual, appendix A)."""

STATUS: dict[type[DiktorError], HTTPStatus] = {
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    AudioError: HTTPStatus.UNPROCESSABLE_ENTITY,
    QueryError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ContractError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ReleaseError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PipelineError: HTTPStatus.UNPROCESSABLE_ENTITY,
    SettingsError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What an error of ours is to whoever asked; all others are this service's own failures."""

REMEDIES = {
    HTTPStatus.UNAUTHORIZED: "Log in: POST /api/v1/accounts/log-in",
    HTTPStatus.FORBIDDEN: "Ask an administrator for the role or the scope that this needs",
    HTTPStatus.NOT_FOUND: "It is not there, or not yours to see",
    HTTPStatus.METHOD_NOT_ALLOWED: "Look at /api/docs for what may be asked here",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Send less",
    HTTPStatus.TOO_MANY_REQUESTS: "Wait as long as Retry-After says",
}


def problem(
    status: int, cause: str, remedy: str = "", retry_after: int | None = None, errors: Sequence[str] = ()
) -> HTTPException:
    """An exception to raise from a handler: what is wrong, in all its `errors`, and what to do."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return HTTPException(cause, status_code=status, extra={"remedy": remedy, "errors": list(errors)}, headers=headers)


def missing(what: str) -> NoReturn:
    """Raise 404; the same for what is not there and for what somebody may not see."""
    raise problem(404, f"there is no {what}")


def document(
    status: int, cause: str, remedy: str = "", errors: list[str] | None = None, headers: dict[str, str] | None = None
) -> Response[Problem]:
    """A problem document as a response."""
    known = HTTPStatus(status)
    body = Problem(
        title=known.phrase,
        status=status,
        detail=cause,
        remedy=remedy or REMEDIES.get(known, ""),
        errors=errors or [],
    )
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _of_ours(_: Request[Any, Any, Any], error: DiktorError) -> Response[Problem]:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if status is None:
        log.error("a request failed", exc_info=error)
        status = HTTPStatus.BAD_GATEWAY
    return document(status, error.cause, error.remedy, headers=_retry(status))


def _of_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    extra = error.extra if isinstance(error.extra, dict) else {}
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() != "allow" or value}
    status = error.status_code
    if isinstance(error, TooManyRequestsException):
        headers.setdefault("Retry-After", headers.get("RateLimit-Reset", str(RETRY_AFTER_S)))
    if isinstance(error, NotAuthorizedException) or status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    cause = error.detail or HTTPStatus(status).phrase
    return document(status, cause, extra.get("remedy", ""), extra.get("errors"), headers)


def _of_validation(_: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    """The request can be read and says what cannot be."""
    faults = error.extra if isinstance(error.extra, list) else []
    errors = [f"{fault.get('key', 'request')}: {fault.get('message', 'wrong')}" for fault in faults]
    cause = "the request holds what cannot be taken" if errors else error.detail
    return document(HTTPStatus.UNPROCESSABLE_ENTITY, cause, "Correct what `errors` names", errors)


def _of_client(_: Request[Any, Any, Any], error: ClientException) -> Response[Problem]:
    if error.status_code == HTTPStatus.BAD_REQUEST and error.__cause__ is not None:
        return document(HTTPStatus.BAD_REQUEST, "the request's body cannot be read", "Send well-formed JSON")
    return _of_http(_, error)


def _of_sql(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", None)).startswith(DATA_EXCEPTION):
        return document(422, "the request holds what cannot be stored", "Send text without NUL, and smaller numbers")
    away = isinstance(error, OperationalError | InterfaceError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if not away:
        return _broken(_, error)
    log.error("the SQL database is away: %s", type(error).__name__)
    return _sql_away()


def _of_system(_: Request[Any, Any, Any], error: OSError) -> Response[Problem]:
    """A connection that failed, a full disk: not the asker's fault."""
    if isinstance(error, ConnectionError | TimeoutError):
        log.error("a part is away: %s", told(error))
        return _sql_away()
    log.error("a file could not be kept: %s", told(error))
    status = HTTPStatus.INSUFFICIENT_STORAGE if error.errno in (errno.ENOSPC, errno.EDQUOT) else 503
    return document(
        status, f"this machine could not: {error.strerror or 'input/output'}", "Try again", None, _retry(503)
    )


def _sql_away() -> Response[Problem]:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return document(status, "a database of this service is away", "Try again as Retry-After says", None, _retry(status))


def _broken(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A bug of ours."""
    log.error("a request failed", exc_info=error)
    return document(HTTPStatus.INTERNAL_SERVER_ERROR, "an error of this service", "Its log has it, by X-Request-ID")


def _retry(status: int) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def _fault(text: str, language: Language) -> str:
    """`field: what is wrong with it`."""
    field, colon, what = text.partition(": ")
    return f"{field}{colon}{said(what, language)}"


def _spoken(
    handler: Callable[[Request[Any, Any, Any], Any], Response[Problem]],
) -> Callable[[Request[Any, Any, Any], Any], Response[Problem]]:
    """The same in the language that the request asks for."""

    def answer(request: Request[Any, Any, Any], error: Any) -> Response[Problem]:
        response, language = handler(request, error), language_of(request)
        body = response.content
        response.content = msgspec.structs.replace(
            body,
            detail=said(body.detail, language),
            remedy=said(body.remedy, language),
            errors=[_fault(text, language) for text in body.errors],
        )
        response.headers |= {"Content-Language": language, "Vary": HEADER}
        return response

    return answer


HANDLERS: ExceptionHandlersMap = {
    DiktorError: _spoken(_of_ours),
    ValidationException: _spoken(_of_validation),
    ClientException: _spoken(_of_client),
    HTTPException: _spoken(_of_http),
    DBAPIError: _spoken(_of_sql),
    PoolTimeout: _spoken(_of_sql),
    OSError: _spoken(_of_system),
    Exception: _spoken(_broken),
}
