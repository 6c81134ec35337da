"""Following live calls: one reader for all, each sees theirs, who was away is told what was missed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.sight import EVERYTHING, Sight
from diktor.wire.accounts import Role
from services.api.calls.live import WAITING, Listener, Live, encoded
from tests.support.api import Api
from tests.support.calls import call, store
from tests.support.processes import free_port
from tests.support.served_api import Served, served


def now(call_id: str, **more: object) -> CallRow:
    return call(call_id, **{"updated_at": datetime.now(UTC) + timedelta(seconds=1), **more})


async def next_of(listener: Listener) -> str:
    async with asyncio.timeout(20):
        event = await listener.events.get()
    assert event is not None
    return str(msgspec.json.decode(event.split(b"data: ")[1])["call_id"])


async def test_listeners_hear_of_the_calls_they_may_see(api: Api) -> None:
    live: Live = api.app.state.live
    every, north, own = (
        live.join(sight) for sight in (EVERYTHING, Sight(teams=("north",)), Sight(operators=("ivan",)))
    )
    await store(api.settings, now("a", status="open", verdicts=()), now("b", team_id="south", operator_id="ivan"))
    assert {await next_of(every), await next_of(every)} == {"a", "b"}
    assert (await next_of(north), await next_of(own)) == ("a", "b")
    await store(api.settings, now("a"))
    assert (await next_of(every), await next_of(north)) == ("a", "a")
    assert own.events.empty()
    for listener in (every, north, own):
        live.leave(listener)


async def test_what_was_missed_is_told_again(api: Api) -> None:
    live: Live = api.app.state.live
    late = datetime.now(UTC).replace(microsecond=999_700)  # a moment is not rounded up to a millisecond after the rows
    first, second = (now(call_id, updated_at=late + timedelta(microseconds=i)) for i, call_id in enumerate("ab"))
    await store(api.settings, first, second)
    assert await live.since(first.updated_at - timedelta(seconds=5), EVERYTHING) == [encoded(first), encoded(second)]
    assert await live.since(first.updated_at, EVERYTHING) == [encoded(second)]
    assert await live.since(first.updated_at, Sight(teams=("south",))) == []


async def test_who_does_not_keep_up_is_cut_off() -> None:
    listener = Listener(EVERYTHING)
    kept = [listener.tell(b"event\n\n") for _ in range(WAITING + 1)]
    assert (all(kept[:-1]), kept[-1]) == (True, False)
    pieces = [piece async for piece in listener.stream([b"missed\n\n"])]
    assert pieces == [b"retry: 2000\n\nmissed\n\n", *[b"event\n\n"] * WAITING]


async def test_silence_is_filled_with_beats_and_a_stream_ends() -> None:
    pieces = [piece async for piece in Listener(EVERYTHING).stream([], beat_s=0.05, life_s=0.2)]
    assert pieces[0].startswith(b"retry")
    assert set(pieces[1:]) == {b": beat\n\n"}


async def test_no_more_listen_than_are_let_in(api: Api) -> None:
    live = Live(api.settings.model_copy(update={"event_listeners": 1}), api.app.state.parts)
    first = live.join(EVERYTHING)
    with pytest.raises(Exception, match="too many"):
        live.join(EVERYTHING)
    live.leave(first)
    live.join(EVERYTHING)
    admin = await api.user(Role.admin)
    assert (await admin.get("/api/v1/events", headers={"Last-Event-ID": "no number"})).status_code == 422


@pytest.fixture
def one_place(settings: Settings) -> Iterator[Served]:
    """An API behind a port with room for a single listener."""
    changed = {"api": f"http://127.0.0.1:{free_port()}", "event_listeners": 1}
    with served(**{**settings.model_dump(), **changed}) as running:
        yield running


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, str]]:
    """(id, call, its status) of every event as a browser would read it."""
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            last = line.removeprefix("id: ")
        if line.startswith("data: "):
            data = msgspec.json.decode(line.removeprefix("data: "))
            yield last, data["call_id"], data["status"]


async def test_events_arrive_over_a_connection_and_go_on_where_it_broke(one_place: Served, settings: Settings) -> None:
    headers = {"Authorization": f"Bearer {one_place.user(Role.supervisor, teams=('north',))}"}
    async with httpx.AsyncClient(base_url=one_place.url, headers=headers, timeout=20) as browser:
        async with browser.stream("GET", "/api/v1/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            coming = events(answer)
            await store(settings, now("a", status="open", verdicts=()), now("b", team_id="south"))
            assert (await anext(coming))[1:] == ("a", "open")
            full = await browser.get("/api/v1/events")
            assert (full.status_code, full.headers["Retry-After"]) == (503, "30")
            await store(settings, now("a"))
            last, *found = await anext(coming)
            assert found == ["a", "scored"]
        await store(settings, now("c"), now("d", team_id="south"))
        async with asyncio.timeout(20):
            while (again := await opened(browser, last)).status_code == 503:  # until its hanging up was noticed
                await again.aclose()
        assert (await anext(events(again)))[1] == "c"
        await again.aclose()


async def opened(browser: httpx.AsyncClient, last: str) -> httpx.Response:
    request = browser.build_request("GET", "/api/v1/events", headers={"Last-Event-ID": last})
    return await browser.send(request, stream=True)
