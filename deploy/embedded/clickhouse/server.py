"""ClickHouse's HTTP interface over the engine: as much of it as clickhouse-connect uses.

Not there: external data, users, quotas; and a result without rows has no column names, as the engine gives none.
"""

import asyncio
import base64
import gzip
import hmac
import json
import logging
import re
import time
import uuid
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import lz4.frame
import zstandard
from aiohttp import web
from prometheus_client import generate_latest

from deploy.embedded.clickhouse.engine import Engine, EngineError, insert, prepare, restore
from deploy.embedded.clickhouse.statements import has_result, insert_with_data, is_select, output_format
from diktor.metrics import STORE_REQUESTS, STORE_SECONDS

T = TypeVar("T")

log = logging.getLogger(__name__)

LARGEST = 1 << 30
"""Bytes of a request at most."""

TRANSPORT = frozenset(
    "database query user password buffer_size session_id session_timeout session_check query_id quota_key compress "
    "decompress wait_end_of_query client_protocol_version role default_format send_progress_in_http_headers "
    "http_headers_progress_interval_ms enable_http_compression cancel_http_readonly_queries_on_client_close".split()
)
"""Parameters that are about the request and no settings of the engine."""

STREAMED = frozenset("Native TabSeparated TSV CSV RowBinary JSONEachRow".split())

STATUS = {
    6: 400, 16: 404, 27: 400, 36: 400, 47: 404, 48: 501, 53: 400, 60: 404, 62: 400, 81: 404, 159: 408, 164: 403,
    202: 503, 457: 400, 497: 403, 516: 403,
}  # fmt: skip
"""HTTP status by ClickHouse's error code, as ClickHouse itself answers; 500 for the rest."""

_SETTING = re.compile(r"^[A-Za-z_]\w*$")
_ENGINE = web.AppKey("engine", Engine)
_TOKEN = web.AppKey("token", str)


def application(engine: Engine, token: str) -> web.Application:
    """The server; every request but `/ping` and `/metrics` must carry the token as ClickHouse password."""
    app = web.Application(client_max_size=LARGEST)
    app[_ENGINE], app[_TOKEN] = engine, token
    app.router.add_get("/ping", _ping)
    app.router.add_get("/metrics", _metrics)
    app.router.add_route("*", "/", _root)
    return app


async def _ping(_: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), content_type="text/plain")


async def _root(request: web.Request) -> web.StreamResponse:
    with STORE_SECONDS.time():
        answer = await _answered(request)
    STORE_REQUESTS.labels(str(answer.status)).inc()
    return answer


async def _answered(request: web.Request) -> web.StreamResponse:
    query_id = request.query.get("query_id") or str(uuid.uuid4())
    try:
        _authenticate(request)
        return await _Query(request, query_id).answer()
    except Exception as error:
        failure = error if isinstance(error, EngineError) else EngineError(str(error))
        log.warning("a request failed with ClickHouse's code %d", failure.code)  # its text may quote rows
        return web.Response(
            text=f"{failure.text.rstrip()} (version {request.app[_ENGINE].version})\n",
            status=STATUS.get(failure.code, 500),
            headers={"X-ClickHouse-Exception-Code": str(failure.code), "X-ClickHouse-Query-Id": query_id},
        )


def _authenticate(request: web.Request) -> None:
    given = request.headers.get("X-ClickHouse-Key") or request.query.get("password") or _from_header(request)
    if not hmac.compare_digest(given.encode(), request.app[_TOKEN].encode()):
        raise EngineError("Code: 516. DB::Exception: Authentication failed: wrong password. (AUTHENTICATION_FAILED)")


def _from_header(request: web.Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() == "basic":
        return base64.b64decode(value).decode(errors="replace").partition(":")[2]
    return ""


class _Query:
    """One request from its parameters to its answer."""

    def __init__(self, request: web.Request, query_id: str) -> None:
        self._request = request
        self._engine = request.app[_ENGINE]
        self._given = dict(request.query)
        self._loop = asyncio.get_running_loop()
        self._headers = {
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Server-Display-Name": "chdb",
        }

    async def answer(self) -> web.StreamResponse:
        sql = await self._statement()
        if not sql:
            return web.Response(text="Ok.\n")
        given = self._given
        session = given.get("session_id")
        settings = {k: v for k, v in given.items() if k not in TRANSPORT and _SETTING.match(k) and k[:6] != "param_"}
        handle = self._engine.acquire(session, float(given.get("session_timeout", 60)))
        try:
            await self._run(prepare, handle, given.get("database"), settings)
            return await self._execute(handle, sql)
        finally:
            if session is not None:
                await self._run(restore, handle, settings)
            self._engine.release(session, handle)

    async def _statement(self) -> bytes:
        request = self._request
        if request.content_type == "multipart/form-data":
            form = await request.post()
            if any(not isinstance(value, str) for value in form.values()):
                raise EngineError("Code: 48. DB::Exception: external data is not supported here. (NOT_IMPLEMENTED)")
            self._given.update({name: str(value) for name, value in form.items()})
            body = b""
        else:
            body = await request.read()
            if body and (encoding := request.headers.get("Content-Encoding")):
                body = await self._run(_decoded, body, encoding)
        query = self._given.get("query", "").encode()
        return query + b"\n" + body if query and body else query or body

    async def _execute(self, handle: Any, sql: bytes) -> web.StreamResponse:
        found = insert_with_data(sql)
        if found is not None:
            started = time.perf_counter_ns()
            data = memoryview(sql)[found.data_at :]
            result = await self._run(insert, handle, found.head, found.format, data)
            return self._finished(b"", result.rows_written(), result.bytes_written(), time.perf_counter_ns() - started)
        text = sql.decode("utf-8", "surrogateescape")
        format_ = output_format(text, self._given.get("default_format", "TabSeparated"))
        parameters = {name[6:]: value for name, value in self._given.items() if name.startswith("param_")}
        if has_result(text):
            self._headers["X-ClickHouse-Format"] = format_
        if format_ in STREAMED and is_select(text) and self._given.get("wait_end_of_query") != "1":
            return await self._streamed(handle, text, format_, parameters)
        result = await self._run(lambda: handle.query(text, format_, params=parameters))
        return self._finished(
            result.bytes() or b"", result.rows_written(), result.bytes_written(), int(result.elapsed() * 1e9),
            result.rows_read(),
        )  # fmt: skip

    async def _streamed(self, handle: Any, text: str, format_: str, parameters: dict[str, str]) -> web.StreamResponse:
        """Rows as the engine makes them, in constant memory; an error after the first ones stands at the body's end."""
        stream = await self._run(handle.send_query, text, format_, parameters)
        try:
            chunk = await self._run(lambda: next(stream, None))
            tag = uuid.uuid4().hex[:16]
            response = web.StreamResponse(headers={**self._headers, "X-ClickHouse-Exception-Tag": tag})
            response.content_type = "application/octet-stream"
            await response.prepare(self._request)
            try:
                while chunk is not None:
                    await response.write(bytes(chunk.bytes()))
                    chunk = await self._run(lambda: next(stream, None))
            except ConnectionError:
                raise
            except Exception as error:
                message = EngineError(str(error)).text + "\n"
                ending = f"\r\n__exception__\r\n{tag}\r\n{message}{len(message.encode())} {tag}\r\n__exception__\r\n"
                await response.write(ending.encode())
            await response.write_eof()
            return response
        finally:
            await self._run(stream.close)

    def _finished(
        self, body: bytes, written_rows: int, written_bytes: int, elapsed_ns: int, result_rows: int = 0
    ) -> web.Response:
        summary = {
            "read_rows": written_rows, "read_bytes": written_bytes, "written_rows": written_rows,
            "written_bytes": written_bytes, "result_rows": result_rows, "elapsed_ns": elapsed_ns,
        }  # fmt: skip
        self._headers["X-ClickHouse-Summary"] = json.dumps({name: str(value) for name, value in summary.items()})
        return web.Response(body=body, headers=self._headers, content_type="application/octet-stream")

    async def _run(self, call: Callable[..., T], *arguments: Any) -> T:
        return await self._loop.run_in_executor(self._engine.pool, call, *arguments)


def _decoded(body: bytes, encoding: str) -> bytes:
    decoders: dict[str, Callable[[bytes], bytes]] = {
        "identity": bytes,
        "lz4": lz4.frame.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
    }
    if encoding not in decoders:
        raise EngineError(f"Code: 48. DB::Exception: Content-Encoding {encoding} is not supported. (NOT_IMPLEMENTED)")
    return decoders[encoding](body)
