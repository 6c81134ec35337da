"""What belongs to others is as if it were not there: every route with an id, every list, every figure, every event."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from diktor.exercises.attempt import Judge, Judgement
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.wire.accounts import Role
from diktor.wire.training import PartMastery, Sentence
from services.api.calls.live import microseconds
from services.api.sql import new_id
from tests.services.api.matrix import MATRIX, WHO
from tests.support.api import Api, Route
from tests.support.calls import NOON, call, store
from tests.support.clickhouse import ClickHouse, clickhouse
from tests.support.teams import COLUMNS, RECORDING, belongings, everybody

Clients = dict[str, httpx.AsyncClient]


class Case(NamedTuple):
    """Who is let have it, and what is sent. The first of those who may delete does."""

    sees: tuple[str, ...]
    sent: dict[str, Any] | None = None


CALL = ("operator", "supervisor", "admin")
ATTEMPT = {"files": {"file": ("a.wav", RECORDING, "audio/wav")}}
ADMIN = ("admin",)

CASES = {
    "calls_get": Case((*CALL, "reading program")),
    "calls_get_waveform": Case(CALL),
    "calls_listen": Case(CALL),
    "calls_put_label": Case(("supervisor", "admin"), {"json": {"label": "confirmed"}}),
    "calls_delete_label": Case(("supervisor", "admin")),
    "calls_erase": Case(("supervisor", "admin")),
    "calls_get_batch": Case(("operator", "admin")),
    "calls_get_erasure": Case(ADMIN),
    "training_get_exercise": Case(("operator",)),
    "training_create_attempt": Case(("operator",), ATTEMPT),
    "training_get_attempt": Case(("operator",)),
    "training_get_attempt_audio": Case(("operator",)),
    "training_delete_attempt": Case(("operator",)),
    "accounts_get_user": Case(ADMIN),
    "accounts_change_user": Case(ADMIN, {"json": {"name": "another"}}),
    "accounts_reset_password": Case(ADMIN, {"json": {}}),
    "accounts_change_team": Case(ADMIN, {"json": {"title": "another"}}),
    "accounts_revoke_token": Case(ADMIN),
}
"""Every operation whose path has an id of somebody's."""

NOBODYS = (
    "models_get",
    "models_get_picture",
    "models_get_deployment",
    "pipelines_start",
    "pipelines_get_run",
    "pipelines_retry",
)
"""Those whose path has an id of what is no team's: releases and runs are all supervisors' to look at."""

PLACE = {"channel": "operator", "start_ms": "4000", "defect": "rhotacism"}
"""Of a window in a call."""

QUERIED = {
    ("training_get_progress", "user_id"): CALL,
    ("training_get_progress", "operator_id"): CALL,
    ("training_get_bests", "user_id"): CALL,
    ("calls_list", "call_id"): CALL,
    ("calls_export", "call_id"): CALL,
    ("calls_list_reviews", "call_id"): ("supervisor", "admin"),
    ("training_list_attempts", "exercise_id"): ("operator",),
}
"""Operations whose query has an id, and who is let name the operator's. `team` and `operator` are looked for."""

LISTS = {
    "calls_list": "supervisor",
    "calls_export": "supervisor",
    "calls_list_reviews": "supervisor",
    "calls_list_batches": "operator",
    "calls_list_erasures": "admin",
    "training_list_attempts": "operator",
    "training_get_progress": "operator",
    "training_get_bests": "operator",
    "stats_get_totals": "supervisor",
    "stats_get_overview": "supervisor",
    "stats_list_trend": "supervisor",
    "stats_list_groups": "supervisor",
    "stats_list_leaderboard": "supervisor",
    "stats_list_distribution": "supervisor",
    "stats_list_drift": "supervisor",
    "stats_list_reviewed": "supervisor",
    "stats_get_training_effect": "supervisor",
    "accounts_list_tokens": "admin",
}
"""Lists and figures that grow with what an operator has, and somebody who sees that."""

STRANGERS = ("colleague", "other operator", "other supervisor", "supervisor of none", "operator of none")
ASKED_WITH = {"stats_list_leaderboard": {"minimum_calls": "0"}, "stats_get_overview": {"zone": NOON}}
WHOSE = ("team", "operator")
FOLLOW = "/api/v1/events"
UNLIKE_ITSELF = ("operations_metrics", "operations_ready", "calls_follow")
"""What counts requests, what looks at other parts, what does not end."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("engine")) as started:
        yield started


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'diktor.sqlite'}"


@pytest.fixture
def settings(settings: Settings, engine: ClickHouse) -> Settings:
    own = engine.settings().clickhouse.replace("/diktor", f"/others{new_id().replace('-', '')}")
    return settings.model_copy(update={"clickhouse": own, "clickhouse_token": engine.settings().clickhouse_token})


@pytest.fixture(autouse=True)
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts come to something without Triton and Whisper."""
    says = Sentence(ru="Хорошо.", en="Good.")
    parts = [PartMastery(part="r", mastery=70.0, says=says)]

    async def judge(*_: object) -> Judgement:
        return Judgement("scored", says, 80.0, parts, 5.0, 1)

    monkeypatch.setattr(Judge, "judge", judge)


@pytest.fixture
async def clients(api: Api) -> Clients:
    return await everybody(api)


def test_every_route_with_an_id_has_a_case(routes: list[Route]) -> None:
    assert {route.operation for route in routes if "{" in route.path} == {*CASES, *NOBODYS}


async def test_what_has_an_id_is_not_there_for_others(
    api: Api, routes: list[Route], clients: Clients, tmp_path: Path
) -> None:
    ids = await belongings(api, tmp_path, "north", "operator", clients, "supervisor")
    ids["user_id"] = str((await api.user(Role.operator, teams=("north",))).headers["X-User"])  # who need not stay in
    none = {name: new_id() for name in ids}
    wrong = []
    for route in sorted(routes, key=lambda route: (route.method == "DELETE", route.operation)):
        if route.operation not in CASES:
            continue
        case = CASES[route.operation]
        there, away = (path_of(route, named | PLACE) for named in (ids, none))
        for who in sorted(COLUMNS, key=lambda who: who in case.sees):  # first all those who must change nothing
            answer, nothing = [
                await clients[who].request(route.method, path, **(case.sent or {})) for path in (there, away)
            ]
            refused = MATRIX[route.operation].split()[WHO.index(COLUMNS[who])]
            unseen = 404 if refused == "+" else int(refused)
            if nothing.status_code != unseen:
                wrong.append(f"{route.operation} of nothing by {who}: {nothing.status_code} {nothing.text}")
            if who not in case.sees:
                if (answer.status_code, answer.text) != (unseen, nothing.text):
                    wrong.append(f"{route.operation} by {who}: {answer.status_code} {answer.text}")
                continue
            if not answer.is_success:
                wrong.append(f"{route.operation} by {who}: {answer.status_code} {answer.text}")
            if route.method == "DELETE":
                break
    assert not wrong, "\n".join(wrong)


async def test_naming_others_in_a_question_finds_what_naming_nobody_finds(
    api: Api, routes: list[Route], clients: Clients, tmp_path: Path
) -> None:
    ids = await belongings(api, tmp_path, "north", "operator", clients, "supervisor")
    await belongings(api, tmp_path, "south", "other operator", clients, "other supervisor")
    ids |= {"team": "north", "operator": "operator"}
    asked = queries(api)
    assert {pair for pair in asked if pair[1] not in WHOSE} == set(QUERIED)
    gets = {route.operation: route.path for route in routes if route.method == "GET"}
    wrong = []
    for operation, name in sorted(asked):
        sees = QUERIED.get((operation, name), (*CALL, *(["colleague"] if name == "team" else [])))
        for who in set(STRANGERS[:3]) - set(sees):
            found, nothing = [
                await told(clients[who], operation, gets[operation], **{name: value}) for value in (ids[name], new_id())
            ]
            if found != nothing:
                wrong.append(f"{operation}?{name}= by {who}: {found}, of nobody {nothing}")
        if (operation, name) in QUERIED:
            assert (await clients[sees[0]].get(gets[operation], params={name: ids[name]})).is_success
    assert not wrong, "\n".join(wrong)


async def test_what_is_sent_comes_to_nothing_of_others(api: Api, clients: Clients, tmp_path: Path) -> None:
    ids = await belongings(api, tmp_path, "north", "operator", clients, "supervisor")
    own = await belongings(api, tmp_path, "south", "other operator", clients, "other supervisor")
    uploads = {"files": {"files": ("a.wav", RECORDING, "audio/wav")}}
    for who in ("other operator", "other supervisor"):
        there, away = [
            await clients[who].post("/api/v1/calls", data={"team_id": team}, **uploads) for team in ("north", "nowhere")
        ]
        assert (there.status_code, there.text) == (403, away.text)
    attempts = []
    for who, exercise in (("operator", ids["exercise_id"]), ("other operator", own["exercise_id"])):
        path = f"/api/v1/training/exercises/{exercise}/attempts"
        answer = await clients[who].post(path, headers={"Idempotency-Key": "the same"}, **ATTEMPT)
        assert answer.status_code == 202, answer.text
        attempts.append((answer.json()["id"], answer.json()["user_id"]))
    assert attempts[0][0] != attempts[1][0]
    assert [user for _, user in attempts] == [ids["user_id"], own["user_id"]]


async def test_lists_and_figures_stay_as_they_were_whatever_others_have(
    api: Api, routes: list[Route], clients: Clients, tmp_path: Path
) -> None:
    await store(api.settings, call("of-the-colleague", "north", "colleague"))
    await belongings(api, tmp_path, "south", "other operator", clients, "other supervisor")
    gets = {
        route.operation: route.path
        for route in routes
        if route.method == "GET" and "{" not in route.path and route.operation not in UNLIKE_ITSELF
    }

    async def all_that(who: str) -> dict[str, Any]:
        return {operation: await told(clients[who], operation, path) for operation, path in gets.items()}

    own = sorted(set(LISTS.values()))
    before = {who: await all_that(who) for who in (*STRANGERS, *own)}
    await belongings(api, tmp_path, "north", "operator", clients, "supervisor")
    after = {who: await all_that(who) for who in (*STRANGERS, *own)}
    for who in STRANGERS:
        assert after[who] == before[who], who
    grown = {operation for operation, who in LISTS.items() if after[who][operation] != before[who][operation]}
    assert grown == set(LISTS)
    assert "call-of-south" in str(after["other supervisor"]["calls_list"])


async def test_nobody_is_told_of_calls_of_others_as_they_happen(api: Api, clients: Clients) -> None:
    def calls(number: int, seconds: int, *whose: tuple[str, str]) -> list[CallRow]:
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        return [
            msgspec.structs.replace(call(f"{operator}-{number}", team, operator), updated_at=at)
            for team, operator in whose
        ]

    own, other = ("north", "operator"), ("south", "other operator")
    await store(api.settings, *calls(1, -60, own, other))
    expected = {
        "colleague": ["colleague-3"],
        "operator": ["operator-1", "operator-2", "operator-4"],
        "supervisor": ["operator-1", "operator-2", "colleague-3", "operator-4"],
        "other operator": ["other operator-1", "other operator-2", "other operator-4"],
        "other supervisor": ["other operator-1", "other operator-2", "other operator-4"],
    }
    joined = asyncio.Barrier(len(expected) + 1)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        heard = {who: tasks.create_task(followed(api, clients[who], ids[-1], joined)) for who, ids in expected.items()}
        await joined.wait()
        await store(api.settings, *calls(2, 1, own, other))
        await store(api.settings, *calls(3, 2, ("north", "colleague")), *calls(4, 3, own, other))
    assert {who: task.result() for who, task in heard.items()} == expected


def path_of(route: Route, named: dict[str, str]) -> str:
    """Where a route is asked for what has these ids."""
    return "/".join(
        named[part[1:-1].partition(":")[0]] if part.startswith("{") else part for part in route.path.split("/")
    )


def queries(api: Api) -> set[tuple[str, str]]:
    """Operations and parameters of their queries that name somebody or something of somebody's."""
    return {
        (operation["operationId"], parameter["name"])
        for item in api.app.openapi_schema.to_schema()["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and (parameter["name"] in WHOSE or parameter["name"].endswith("_id"))
    }


async def told(client: httpx.AsyncClient, operation: str, path: str, **query: str) -> Any:
    """The answer, without the moment at which it was given and without an order where there is none."""
    answer = await client.get(path, params={**ASKED_WITH.get(operation, {}), **query})
    if not answer.headers["Content-Type"].startswith("application/"):
        return answer.status_code, sorted(answer.text.splitlines())
    found = answer.json()
    if operation == "stats_get_overview":
        found.pop("until", None)
    return answer.status_code, found


async def followed(api: Api, client: httpx.AsyncClient, last: str, joined: asyncio.Barrier) -> list[str]:
    """The calls of events until the last one; who has `joined` was told what came in the last five minutes.

    The application is asked itself, for httpx waits for the end of what it is answered.
    """
    since = str(microseconds(datetime.now(UTC) - timedelta(minutes=5)))
    headers = [(b"authorization", client.headers["Authorization"].encode()), (b"last-event-id", since.encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": FOLLOW,
        "raw_path": FOLLOW.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    told, over = asyncio.Queue[Any](), asyncio.Event()

    async def receive() -> dict[str, str]:
        await over.wait()
        return {"type": "http.disconnect"}

    answering = asyncio.create_task(api.app(scope, receive, told.put))  # type: ignore[arg-type]
    found: list[str] = []
    try:
        assert (await told.get())["status"] == 200
        while last not in found:
            if b"retry" in (piece := (await told.get())["body"]):
                await joined.wait()
            events = [line.removeprefix(b"data: ") for line in piece.splitlines() if line.startswith(b"data: ")]
            found += [json.loads(event)["call_id"] for event in events]
    finally:
        over.set()
        await answering
    return found
