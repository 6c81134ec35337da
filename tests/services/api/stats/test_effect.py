"""The effect of training over the API, on calls that were made so that it is known, and seen by who may."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import pytest

from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.around import Span
from diktor.store.client import Store
from diktor.store.selection import Selection
from diktor.store.statistics import Statistics
from diktor.wire.accounts import Role, Scope
from diktor.wire.stats import Effect
from services.api.training.tables import AttemptRow, ExerciseRow
from tests.support.api import Api
from tests.support.calls import NOW, call
from tests.support.clickhouse import ClickHouse, clickhouse

FIRST = NOW - timedelta(days=20)
"""When training began, in every case."""

Risks = tuple[float | None, float | None, float | None]


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'diktor.sqlite'}"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """One for all; every test has operators of its own."""
    with clickhouse(tmp_path_factory.mktemp("effect")) as running:
        yield running


@pytest.fixture
def settings(settings: Settings, engine: ClickHouse) -> Settings:
    own = engine.settings()
    return settings.model_copy(update={"clickhouse": own.clickhouse, "clickhouse_token": own.clickhouse_token})


async def store(settings: Settings, rows: Sequence[CallRow]) -> None:
    opened = await Store.open(settings)
    try:
        await opened.insert_calls(rows)
    finally:
        await opened.close()


def calls(operator: str, count: int, days: float, means: Risks, **more: Any) -> list[CallRow]:
    """Calls of the ten days that begin so many days after training began, their risks spread around these means."""
    random = Random(f"{operator} {days}")
    start = FIRST + timedelta(days=days)

    def risk(mean: float | None) -> float | None:
        return None if mean is None else min(100.0, max(0.0, random.gauss(mean, 8.0)))

    return [
        call(
            f"{operator}-{days}-{number}",
            operator=operator,
            risks=[risk(mean) for mean in means],
            started_at=start + number * timedelta(days=10) / count,
            **more,
        )
        for number in range(count)
    ]


async def practise(api: Api, client: httpx.AsyncClient, *times: datetime, outcome: str = "scored") -> None:
    """Attempts of these times."""
    user = client.headers["X-User"]
    async with api.app.state.database.sessions() as session:
        exercise = ExerciseRow(user_id=user, text="Карл", key="карл", origin="own", criteria={})
        session.add(exercise)
        await session.flush()
        for time in times:
            done = AttemptRow(user_id=user, exercise_id=exercise.id, digest="", state="done", outcome=outcome)
            done.created_at = time
            session.add(done)
        await session.commit()


async def effect(client: httpx.AsyncClient, **query: object) -> dict[str, Any]:
    answer = await client.get("/api/v1/stats/training-effect", params=query)
    assert answer.status_code == 200, answer.text
    return dict(msgspec.to_builtins(msgspec.json.decode(answer.content, type=Effect)))


def findings(found: dict[str, Any]) -> list[str]:
    return [item["finding"] for item in found["defects"]]


async def test_an_effect_that_is_there_is_found_and_none_where_there_is_none(api: Api) -> None:
    anna = await api.user(Role.operator, operator_id="anna", teams=("north",))
    await practise(api, anna, FIRST - timedelta(days=9), outcome="silence")
    await practise(api, anna, FIRST)
    await store(
        api.settings,
        [
            *calls("anna", 40, -10, (60.0, 40.0, None)),
            *calls("anna", 50, 0, (45.0, 40.0, 20.0), release=2),
            *calls("anna", 60, -60, (99.0, 99.0, 99.0)),  # long before
            *calls("bert", 60, -10, (10.0, 10.0, 10.0)),  # who never trained
        ],
    )
    found = await effect(anna)
    burr, fricative, stutter = found["defects"]
    assert (found["trained"], found["releases_before"], found["releases_after"]) == (1, [1], [2])
    assert findings(found) == ["better", "unclear", "not_enough_calls"]
    assert burr["compared"]["low"] < -15 < burr["compared"]["high"] < 0
    assert (burr["calls_before"], burr["calls_after"]) == (40, 50)
    assert burr["compared"]["risk_before"] == pytest.approx(60, abs=5)
    assert fricative["compared"]["low"] < 0 < fricative["compared"]["high"]
    assert (stutter["calls_before"], stutter["calls_after"], stutter["compared"]) == (0, 50, None)
    assert findings(await effect(anna, minimum_calls=41)) == ["not_enough_calls"] * 3
    assert [item["calls_after"] for item in (await effect(anna, days=5))["defects"]] == [25, 25, 25]
    for wrong in ({"minimum_calls": 4}, {"days": 0}, {"attempts": 0}, {"defect": "lisp"}):
        assert (await anna.get("/api/v1/stats/training-effect", params=wrong)).status_code == 422  # type: ignore[arg-type]


async def test_after_several_attempts_what_lies_between_counts_on_neither_side(api: Api) -> None:
    clara = await api.user(Role.operator, operator_id="clara", teams=("north",))
    dina = await api.user(Role.operator, operator_id="dina", teams=("north",))
    admin = await api.user(Role.admin)
    third = FIRST + timedelta(days=10)
    await practise(api, clara, FIRST, FIRST + timedelta(days=3), third, third + timedelta(days=4))
    await practise(api, dina, FIRST, FIRST + timedelta(days=3))
    await store(
        api.settings,
        [
            *calls("clara", 30, -10, (50.0, 50.0, 50.0)),
            *calls("clara", 30, 0, (90.0, 90.0, 90.0)),
            *calls("clara", 30, 10, (70.0, 30.0, 50.0)),
            *calls("dina", 30, -10, (50.0, 50.0, 50.0)),
            *calls("dina", 30, 0, (90.0, 90.0, 90.0)),
        ],
    )
    first, after = await effect(admin, days=10), await effect(admin, days=10, attempts=3)
    assert (first["trained"], findings(first)) == (2, ["worse"] * 3)
    assert [item["compared"]["operators"] for item in first["defects"]] == [2, 2, 2]
    assert (after["trained"], findings(after)) == (1, ["worse", "better", "unclear"])
    assert (await effect(admin, attempts=5))["trained"] == 0
    assert findings(await effect(admin, attempts=5)) == ["not_enough_calls"] * 3


async def test_a_team_shows_nothing_of_another(api: Api) -> None:
    galina = await api.user(Role.operator, operator_id="galina", teams=("north",))
    vera = await api.user(Role.operator, operator_id="vera", teams=("south",))
    await practise(api, galina, FIRST)
    await practise(api, vera, FIRST)
    everything, north = await api.service(Scope.read), await api.user(Role.supervisor, teams=("north",))
    nobody, idle = await api.user(Role.supervisor), await api.user(Role.operator, teams=("north",))
    await store(
        api.settings,
        [
            *calls("galina", 20, -10, (50.0, 50.0, 50.0)),
            *calls("galina", 20, 0, (20.0, 50.0, 50.0)),
            *calls("galina", 20, -9, (99.0, 99.0, 99.0), team="south"),
            *calls("vera", 20, -10, (50.0, 50.0, 50.0), team="south"),
            *calls("vera", 20, 0, (90.0, 50.0, 50.0), team="south"),
        ],
    )
    assert (await effect(everything))["trained"] == 2
    seen = await effect(north)
    assert (seen["trained"], seen["defects"][0]["calls_before"], seen["defects"][0]["finding"]) == (1, 20, "better")
    assert (await effect(vera))["defects"][0]["finding"] == "worse"
    for client, query in ((north, {"operator": "vera"}), (north, {"team": "south"}), (vera, {"operator": "galina"})):
        hidden = await effect(client, **query)
        assert (hidden["trained"], findings(hidden)) == (0, ["not_enough_calls"] * 3)
    for client in (nobody, idle):
        assert (await effect(client))["trained"] == 0


async def test_thousands_of_operators_are_one_question(settings: Settings) -> None:
    statistics = await Statistics.open(settings)
    try:
        await store(settings, [*calls("o'brien", 6, -10, (50.0,) * 3), *calls("o'brien", 6, 0, (50.0,) * 3)])
        spans = [Span(name, FIRST, FIRST) for name in ("o'brien", *(f"operator-{number}" for number in range(2000)))]
        found = await statistics.around(Selection(since=NOW, until=NOW), spans, 28)
    finally:
        await statistics.close()
    assert [(pair.before.calls, pair.after.calls) for pair in found.pairs["rhotacism"]] == [(6, 6)]
