"""Reaching ClickHouse: the address, and which of its errors are worth another try."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import ClickHouseError

from diktor.errors import SettingsError, StoreError, UnavailableError
from diktor.settings import Settings

PASSING = {159, 164, 202, 203, 209, 210, 241, 242, 243, 252, 319, 425, 517, 999}
"""Codes of ClickHouse that pass: time-outs, overload, memory, disk, read-only, too many parts, no quorum, no keeper,
another replica altering the same table."""

AWAY = "Is the stack up? diktor status"

_CODE = re.compile(r"Code:\s*(\d+)|code[: ]+(\d+)", re.IGNORECASE)


def address(settings: Settings) -> dict[str, Any]:
    """The client's arguments from `DIKTOR_CLICKHOUSE`.

    Raises:
        SettingsError: it is not an address.
    """
    url = urlsplit(settings.clickhouse)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise SettingsError(
            f"DIKTOR_CLICKHOUSE is no address: {settings.clickhouse!r}", "Write http://user@host:8123/database"
        )
    return {
        "host": url.hostname,
        "port": url.port or (8443 if url.scheme == "https" else 8123),
        "secure": url.scheme == "https",
        "username": unquote(url.username or "default"),
        "password": settings.clickhouse_token.get_secret_value() or unquote(url.password or ""),
        "database": url.path.strip("/") or "default",
    }


async def connect(settings: Settings, database: str | None = None) -> AsyncClient:
    """A client; `database` instead of the settings' one.

    Raises:
        UnavailableError: the server is not there.
        StoreError: it refuses us.
    """
    arguments = address(settings)
    with translated(settings):
        return await clickhouse_connect.get_async_client(
            **{**arguments, "database": database or arguments["database"]},
            autogenerate_session_id=False,
            query_retries=0,
            connect_timeout=5,
            send_receive_timeout=60,
        )


async def fetched(
    client: AsyncClient,
    settings: Settings,
    query: str,
    parameters: dict[str, Any],
    limits: dict[str, Any] | None = None,
) -> list[Any]:
    """The rows of a query under the engine's settings `limits`.

    Raises:
        UnavailableError: the server is away.
        StoreError: it refuses the query.
    """
    with translated(settings):
        return list((await client.query(query, parameters=parameters, settings=limits)).result_rows)


@contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """ClickHouse's and the network's errors as ours."""
    where = settings.clickhouse.rpartition("@")[2]  # a password may stand before it
    try:
        yield
    except (OSError, TimeoutError, aiohttp.ClientError) as error:
        raise UnavailableError(f"ClickHouse at {where} is away ({error!r})", AWAY) from error
    except ClickHouseError as error:
        code = _code(str(error))
        if code is None:
            raise UnavailableError(f"ClickHouse at {where} is away ({_short(error)})", AWAY) from error
        if code in PASSING:
            raise UnavailableError(f"ClickHouse at {where} cannot now: {_short(error)}", "Try again later") from error
        raise StoreError(f"ClickHouse refuses: {_short(error)}") from error


def _code(text: str) -> int | None:
    match = _CODE.search(text)
    return int(match[1] or match[2]) if match else None


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else repr(error)
