"""What the client does when it is refused, when its token has run out, and with files; both kinds of client."""

import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from diktor.client import ApiError, AsyncClient, Client, Session
from diktor.client.request import Area, M, Request, Upload, operation, path
from diktor.client.session import retry_after
from diktor.errors import UnavailableError
from diktor.wire import Page
from diktor.wire.models import Deployment

URL = "http://api.test"
Answer = Callable[[httpx.Request], httpx.Response]


class Things(Area[M]):
    """Methods for these tests."""

    @operation
    def get(self, name: str) -> Request[dict[str, str]]:
        return Request(method="GET", path=path("/things/{}", name), kind=dict[str, str])

    @operation
    def list(self, cursor: str | None = None) -> Request[Page[int]]:
        return Request(method="GET", path="/things", kind=Page[int], query={"cursor": cursor})

    @operation
    def send(self, file: Path | io.BytesIO, note: str | None = None) -> Request[dict[str, str]]:
        upload = Upload("file", file, "x.wav")
        return Request(method="POST", path="/things", kind=dict[str, str], form={"note": note}, uploads=(upload,))

    @operation
    def fetch(self, into: Path | io.BytesIO | None = None) -> Request[bytes]:
        return Request(method="GET", path="/file", kind=bytes, into=into)


class Both:
    """Asks with the one client and with the other; the server must have seen the same of both."""

    def __init__(self, kind: str, answer: Answer, session: Session) -> None:
        self.seen: list[httpx.Request] = []

        def noted(request: httpx.Request) -> httpx.Response:
            request.read()
            self.seen.append(request)
            return answer(request)

        transport = httpx.MockTransport(noted)
        self.kind, self.session = kind, session
        if kind == "blocking":
            self._client = Client(URL, session, httpx.Client(base_url=URL, transport=transport))
            self._things: Things[object] = Things(self._client._send)
        else:
            self._awaited = AsyncClient(URL, session, httpx.AsyncClient(base_url=URL, transport=transport))
            self._things = Things(self._awaited._send)

    async def ask(self, name: str, *arguments: object) -> object:
        method = getattr(self._things, name)
        return method(*arguments) if self.kind == "blocking" else await method(*arguments)

    async def every(self) -> list[int]:
        if self.kind == "blocking":
            return list(self._client.each(self._things.list))  # type: ignore[arg-type]
        return [item async for item in self._awaited.each(self._things.list)]  # type: ignore[arg-type]


@pytest.fixture(params=["blocking", "awaited"])
def asking(request: pytest.FixtureRequest) -> Callable[..., Both]:
    def made(answer: Answer, session: Session | None = None) -> Both:
        return Both(request.param, answer, session or Session())

    return made


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the client waits, without waiting."""
    found: list[float] = []

    async def awaited(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("diktor.client.blocking.time.sleep", found.append)
    monkeypatch.setattr("diktor.client.awaited.asyncio.sleep", awaited)
    return found


def in_turn(*answers: httpx.Response) -> Answer:
    left: Iterator[httpx.Response] = iter(answers)
    return lambda request: next(left)


async def test_what_is_away_is_asked_again_when_it_says(asking: Callable[..., Both], slept: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    both = asking(
        in_turn(
            httpx.Response(503, headers={"Retry-After": "3"}),
            httpx.Response(429, headers={"Retry-After": soon}),
            httpx.Response(503),
            httpx.Response(200, json={"a": "b"}),
        )
    )
    assert await both.ask("get", "x") == {"a": "b"}
    assert slept[0] == 3
    assert 7 < slept[1] <= 9
    assert slept[2] == 1


async def test_patience_ends_and_the_problem_is_told(asking: Callable[..., Both], slept: list[float]) -> None:
    problem = {"title": "Service Unavailable", "status": 503, "detail": "Triton is away", "remedy": "Wait"}
    answer = httpx.Response(503, headers={"Retry-After": "60"}, content=json.dumps(problem))
    both = asking(in_turn(answer))
    with pytest.raises(ApiError, match=r"Triton is away\. Wait") as told:
        await both.ask("get", "x")
    assert (told.value.status, slept) == (503, [])


async def test_every_fault_is_in_the_error_and_a_page_of_a_proxy_is_named(asking: Callable[..., Both]) -> None:
    problem = {"status": 422, "detail": "the request is wrong", "errors": ["a: too long", "b: no number"]}
    both = asking(in_turn(httpx.Response(422, json=problem), httpx.Response(502, text="<html>")))
    with pytest.raises(ApiError, match="a: too long; b: no number"):
        await both.ask("get", "x")
    with pytest.raises(ApiError, match="502 Bad Gateway"):
        await both.ask("get", "x")


async def test_a_token_that_ran_out_is_renewed_once_and_kept(asking: Callable[..., Both]) -> None:
    kept: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/accounts/refresh":
            assert json.loads(request.content) == {"refresh_token": "r1"}
            new = {"access_token": "a2", "refresh_token": "r2", "csrf_token": "c", "expires_in": 900}
            return httpx.Response(200, json=new, headers={"Set-Cookie": "access=a2"})
        assert "cookie" not in request.headers
        fresh = request.headers["Authorization"] == "Bearer a2"
        return httpx.Response(200, json={"a": "b"}) if fresh else httpx.Response(401, json={"status": 401})

    both = asking(answer, Session("a1", "r1", changed=lambda tokens: kept.append(tokens.refresh_token)))
    assert await both.ask("get", "x") == {"a": "b"}
    assert await both.ask("get", "y") == {"a": "b"}
    assert kept == ["r2"]
    assert len(both.seen) == 4


async def test_a_session_that_ended_is_an_error(asking: Callable[..., Both]) -> None:
    both = asking(lambda request: httpx.Response(401, json={"status": 401, "detail": "log in"}), Session("a1", "r1"))
    for _ in range(2):
        with pytest.raises(ApiError, match="log in"):
            await both.ask("get", "x")
    assert [request.url.path for request in both.seen].count("/api/v1/accounts/refresh") == 1


async def test_an_id_stays_within_its_place(asking: Callable[..., Both]) -> None:
    both = asking(lambda request: httpx.Response(200, json={}))
    await both.ask("get", "../users?x=1#y/z")
    assert both.seen[0].url.raw_path == b"/things/..%2Fusers%3Fx%3D1%23y%2Fz"


async def test_a_file_is_sent_whole_with_every_attempt(
    asking: Callable[..., Both], slept: list[float], tmp_path: Path
) -> None:
    file = tmp_path / "call.wav"
    file.write_bytes(b"RIFF" * 50_000)
    for sent in (file, io.BytesIO(file.read_bytes())):
        both = asking(in_turn(httpx.Response(503), httpx.Response(200, json={})))
        await both.ask("send", sent, "note")
        assert all(request.content.count(b"RIFF") == 50_000 for request in both.seen)
        assert b"audio/wav" in both.seen[1].content
        assert b'name="note"' in both.seen[1].content


async def test_a_download_is_written_whole_or_not_at_all(asking: Callable[..., Both], tmp_path: Path) -> None:
    both = asking(in_turn(httpx.Response(200, content=b"sound"), httpx.Response(404, json={"status": 404})))
    target = tmp_path / "a.wav"
    await both.ask("fetch", target)
    assert target.read_bytes() == b"sound"
    with pytest.raises(ApiError):
        await both.ask("fetch", target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert target.read_bytes() == b"sound"


async def test_a_list_is_read_page_after_page(asking: Callable[..., Both]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        pages = {None: ([1, 2], "k&2"), "k&2": ([3], None)}
        items, following = pages[request.url.params.get("cursor")]
        return httpx.Response(200, json={"items": items, "next": following})

    assert await asking(answer).every() == [1, 2, 3]


async def test_an_api_that_does_not_answer_is_away(asking: Callable[..., Both]) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(UnavailableError, match="the API does not answer at"):
        await asking(refuse).ask("get", "x")


def test_threads_that_are_refused_together_renew_the_token_once() -> None:
    """A refresh token that is sent twice ends its session."""
    renewed, together = [], threading.Barrier(4, timeout=30)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/accounts/refresh":
            renewed.append(request)
            new = {"access_token": "a2", "refresh_token": "r2", "csrf_token": "c", "expires_in": 900}
            return httpx.Response(200, json=new)
        if request.headers["Authorization"] == "Bearer a1":
            together.wait()
            return httpx.Response(401, json={"status": 401})
        return httpx.Response(200, json={"items": [], "next": None})

    http = httpx.Client(base_url=URL, transport=httpx.MockTransport(answer))
    with Client(URL, Session("a1", "r1"), http) as client, ThreadPoolExecutor(4) as threads:
        assert [page.items for page in threads.map(lambda _: client.models.list(), range(4))] == [[]] * 4
    assert len(renewed) == 1


async def test_tasks_that_are_refused_together_renew_the_token_once() -> None:
    renewed, together = [], asyncio.Barrier(4)

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/accounts/refresh":
            renewed.append(request)
            new = {"access_token": "a2", "refresh_token": "r2", "csrf_token": "c", "expires_in": 900}
            return httpx.Response(200, json=new)
        if request.headers["Authorization"] == "Bearer a1":
            await together.wait()
            return httpx.Response(401, json={"status": 401})
        return httpx.Response(200, json={"items": [], "next": None})

    http = httpx.AsyncClient(base_url=URL, transport=httpx.MockTransport(answer))
    async with AsyncClient(URL, Session("a1", "r1"), http) as client:
        pages = await asyncio.gather(*(client.models.list() for _ in range(4)))
    assert [page.items for page in pages] == [[]] * 4
    assert len(renewed) == 1


def test_what_is_answered_has_types() -> None:
    deployment = {"id": "d", "action": "activate", "release": 2, "share": None, "state": "done", "by": "user:u"}
    deployment["started_at"] = "2026-11-26T12:00:00Z"
    transport = httpx.MockTransport(lambda request: httpx.Response(202, json=deployment))
    with Client(URL, http=httpx.Client(base_url=URL, transport=transport)) as client:
        found = client.models.activate(2)
    assert isinstance(found, Deployment)
    assert found.started_at == datetime(2026, 11, 26, 12, tzinfo=UTC)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id": 3}', type=Deployment)


def test_no_sense_in_retry_after_is_no_answer() -> None:
    assert retry_after(httpx.Response(503, headers={"Retry-After": "soon"})) is None
    assert retry_after(httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0.0
