"""Statistics over the API: of what whoever asks may see, with today held against the usual."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.selection import Selection
from diktor.store.statistics import Statistics
from diktor.wire.accounts import Role, Scope
from services.api.stats.service import overview
from tests.support.api import Api
from tests.support.calls import NOON, NOW, call, store
from tests.support.clickhouse import clickhouse

STATS = "/api/v1/stats"


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'diktor.sqlite'}"


@pytest.fixture
async def settings(settings: Settings, tmp_path: Path) -> AsyncIterator[Settings]:
    with clickhouse(tmp_path) as engine:
        own = engine.settings()
        yield settings.model_copy(update={"clickhouse": own.clickhouse, "clickhouse_token": own.clickhouse_token})


def many(prefix: str, count: int, **more: object) -> list[CallRow]:
    return [call(f"{prefix}-{number}", **more) for number in range(count)]


async def got(client: httpx.AsyncClient, path: str, **query: object) -> dict:
    answer = await client.get(f"{STATS}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_figures_are_of_what_may_be_seen(api: Api) -> None:
    await store(
        api.settings,
        *many("a", 3),
        *many("b", 2, operator="petr", risks=(10.0, 10.0, None)),
        *many("c", 4, team="south", operator="anna", release=2),
    )
    admin, reader = await api.user(Role.admin), await api.service(Scope.read)
    north = await api.user(Role.supervisor, teams=("north",))
    operator = await api.user(Role.operator, operator_id="petr")
    assert [(await got(one, "totals"))["calls"] for one in (admin, reader, north, operator)] == [9, 9, 5, 2]
    assert (await got(north, "totals", team="south"))["calls"] == 0
    assert [group["key"] for group in await got(north, "groups", by="operator")] == ["op", "petr"]
    assert [(group["key"], group["figures"]["calls"]) for group in await got(admin, "groups", by="release")] == [
        ("1", 5),
        ("2", 4),
    ]
    board = await got(admin, "leaderboard", minimum_calls=3, limit=1)
    assert (board["items"][0]["group"]["key"], board["total"], board["too_few"], board["next"]) == ("anna", 2, 1, "1")
    assert board["items"][0]["group"]["figures"]["defects"][0]["likely_share"]["low"] < 1
    rest = await got(admin, "leaderboard", minimum_calls=3, cursor=board["next"])
    assert [(item["rank"], item["group"]["key"]) for item in rest["items"]] == [(2, "op")]
    assert sum((await got(operator, "distribution", steps=4, defect="rhotacism"))[0]["counts"]) == 2
    assert sum(bucket["figures"]["calls"] for bucket in await got(north, "trend", width="hour", zone="UTC")) == 5
    assert await got(north, "reviewed") == []
    assert await got(north, "drift", zone="UTC")
    today = await got(admin, "overview", zone=NOON)
    assert today["today"]["calls"] + today["before"]["calls"] == 9
    outside = ("totals?release=-1&release=2", f"totals?release={1 << 32}")
    unknown = ("trend?zone=Moon", "totals?defect=lisp", "leaderboard?order_defect=lisp", "trend?width=year")
    for wrong in (*unknown, *outside):
        assert (await admin.get(f"{STATS}/{wrong}")).status_code == 422
    assert (await operator.get(f"{STATS}/reviewed")).status_code == 403


async def test_today_is_held_against_the_same_hours_before(settings: Settings) -> None:
    noon = NOW.replace(hour=12, minute=0) - timedelta(days=1)
    days = {0: 2, 1: 4, 3: 6}
    rows = [
        call(f"{day}-{number}-{hour}", started_at=noon.replace(hour=hour) - timedelta(days=day))
        for day, count in days.items()
        for number in range(count)
        for hour in (9, 15)
    ]
    await store(settings, *rows)
    statistics = await Statistics.open(settings)
    try:
        found = await overview(statistics, Selection(since=noon, until=noon), "UTC", noon.astimezone(UTC))
    finally:
        await statistics.close()
    assert (found.today.calls, found.days, found.usual_calls, found.before.calls) == (2, 2, 5.0, 10)
    assert (found.before.defects[0].likely, found.before.defects[0].mean_risk) == (10, pytest.approx(80.0))
    assert found.since == datetime(noon.year, noon.month, noon.day, tzinfo=UTC)
