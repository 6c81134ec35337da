"""Exercises and attempts through the API, on each of its databases. What an attempt comes to is made up here; that it
is right is shown where Triton and Whisper judge."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from diktor.errors import UnavailableError
from diktor.exercises.attempt import Judge, Judgement, refused
from diktor.exercises.collection import collection
from diktor.exercises.criteria import meets
from diktor.exercises.text import features
from diktor.settings import Settings
from diktor.wire.accounts import Role, Scope
from diktor.wire.training import Criteria, PartMastery, Sentence
from services.api.training import practice, service
from services.api.training.tables import ExerciseRow
from tests.support.api import Api, running_api
from tests.support.takes import wav

TRAINING = "/api/v1/training"
RECORDING = wav(np.arange(8000, dtype=np.int16))
SAYS = Sentence(ru="Хорошо.", en="Good.")
AWAY = UnavailableError("Triton is away")

Outcomes = list[Judgement | Exception]


def judgement(r: float, total: float) -> Judgement:
    """A scored attempt."""
    parts = [PartMastery(part="r", mastery=r, says=SAYS), PartMastery(part="g", mastery=None, says=SAYS)]
    return Judgement("scored", SAYS, total, parts, 5.0, 1)


@pytest.fixture(autouse=True)
def outcomes(monkeypatch: pytest.MonkeyPatch) -> Outcomes:
    """What the next attempts come to; the last one stays."""
    given: Outcomes = [judgement(70.0, 80.0)]

    async def judge(self: Judge, recording: Path, *_: Any) -> Judgement:
        assert recording.read_bytes() == RECORDING
        found = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(Judge, "judge", judge)
    monkeypatch.setattr(practice, "AGAIN", timedelta(0))
    monkeypatch.setattr(practice, "LOOK_EVERY_S", 0.02)
    return given


async def exercise(client: httpx.AsyncClient, **criteria: Any) -> dict[str, Any]:
    answer = await client.post(f"{TRAINING}/exercises", json=criteria)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def send(
    client: httpx.AsyncClient, exercise_id: str, recording: bytes = RECORDING, key: str = ""
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    files = {"file": ("take.wav", recording, "audio/wav")}
    return await client.post(f"{TRAINING}/exercises/{exercise_id}/attempts", files=files, headers=headers)


async def attempt(client: httpx.AsyncClient, exercise_id: str) -> dict[str, Any]:
    """Sent, and judged."""
    answer = await send(client, exercise_id)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "waiting"
    done = await client.get(answer.headers["Location"], params={"wait_s": 30})
    assert done.json()["state"] == "done", done.text
    return dict(done.json())


async def test_an_exercise_meets_its_criteria_and_is_another_one_each_time(api: Api) -> None:
    client = await api.user(Role.operator)
    wanted = Criteria(sounds=frozenset(["g"]), difficulty="hard", max_words=5)
    fitting = sum(meets(wanted, item.features) for item in collection())
    given = [await exercise(client, sounds=["g"], difficulty="hard", max_words=5) for _ in range(fitting + 2)]
    assert len({found["text"] for found in given}) == len(given)
    assert [found["origin"] == "generated" for found in given] == [False] * fitting + [True] * 2
    assert all(meets(wanted, features(found["text"])) for found in given)
    assert (await client.get(f"{TRAINING}/exercises/{given[0]['id']}")).json() == given[0]
    for wrong in ({"sounds": ["x"]}, {"min_words": 9, "max_words": 5}, {"difficulty": 4}, {"sound": "r"}):
        assert (await client.post(f"{TRAINING}/exercises", json=wrong)).status_code == 422


async def test_an_attempt_is_judged_heard_again_and_deleted_with_its_recording(api: Api) -> None:
    client = await api.user(Role.operator)
    given = await exercise(client, sounds=["r"])
    done = await attempt(client, given["id"])
    assert (done["outcome"], done["mastery"], done["text"]) == ("scored", 80.0, given["text"])
    assert [(part["part"], part["mastery"]) for part in done["parts"]] == [("r", 70.0), ("g", None)]
    where = f"{TRAINING}/attempts/{done['id']}"
    assert (await client.get(f"{where}/audio")).content == RECORDING
    kept = api.settings.home / "recordings" / "training" / done["id"]
    assert kept.exists()
    assert (await client.delete(where)).status_code == 204
    assert not kept.exists()
    assert (await client.get(where)).status_code == 404
    assert (await client.get(f"{TRAINING}/attempts")).json() == {"items": [], "next": None}


async def test_the_same_request_again_is_the_same_attempt(api: Api) -> None:
    client = await api.user(Role.operator)
    given = await exercise(client)
    first, again = [(await send(client, given["id"], key="k1")).json()["id"] for _ in range(2)]
    assert first == again
    other = await send(client, given["id"], RECORDING + b"\0", key="k1")
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["detail"]
    assert len((await client.get(f"{TRAINING}/attempts")).json()["items"]) == 1


async def test_history_is_filtered_and_paged(api: Api, outcomes: Outcomes) -> None:
    client = await api.user(Role.operator)
    one, two = await exercise(client), await exercise(client)
    outcomes[:] = [judgement(70, 80), refused("silence"), judgement(90, 60)]
    made = [await attempt(client, found["id"]) for found in (one, one, two)]
    page = (await client.get(f"{TRAINING}/attempts", params={"limit": 2})).json()
    rest = (await client.get(f"{TRAINING}/attempts", params={"limit": 2, "cursor": page["next"]})).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == [item["id"] for item in reversed(made)]
    assert rest["next"] is None
    silent = (await client.get(f"{TRAINING}/attempts", params={"outcome": "silence"})).json()["items"]
    assert [(item["id"], item["mastery"], item["parts"]) for item in silent] == [(made[1]["id"], None, [])]
    assert silent[0]["says"]["en"].startswith("No speech is heard")
    of_two = (await client.get(f"{TRAINING}/attempts", params={"exercise_id": two["id"]})).json()["items"]
    assert [item["id"] for item in of_two] == [made[2]["id"]]


async def test_progress_and_bests_are_of_scored_attempts(api: Api, outcomes: Outcomes) -> None:
    client = await api.user(Role.operator)
    given = await exercise(client)
    outcomes[:] = [judgement(70, 80), refused("wrong_text"), judgement(90, 60)]
    made = [await attempt(client, given["id"]) for _ in range(3)]
    days = (await client.get(f"{TRAINING}/progress")).json()["days"]
    assert sum(day["attempts"] for day in days) == 2
    if len(days) == 1:  # at midnight there are two
        assert (days[0]["mastery"]["total"], days[0]["mastery"]["r"], days[0]["mastery"]["g"]) == (70.0, 80.0, None)
    bests = (await client.get(f"{TRAINING}/bests")).json()["bests"]
    assert {best["part"]: (best["mastery"], best["attempt_id"]) for best in bests} == {
        "total": (80.0, made[0]["id"]),
        "r": (90.0, made[2]["id"]),
    }


async def test_what_is_ones_own_is_nobody_elses_and_progress_is_for_who_leads(api: Api) -> None:
    operator = await api.user(Role.operator, teams=("north",))
    done = await attempt(operator, (await exercise(operator))["id"])
    others = {
        "operator of the team": await api.user(Role.operator, teams=("north",)),
        "supervisor of another": await api.user(Role.supervisor, teams=("south",)),
        "supervisor": await api.user(Role.supervisor, teams=("north",)),
        "admin": await api.user(Role.admin),
    }
    whose = {"user_id": operator.headers["X-User"]}
    for who, client in others.items():
        for path in (f"attempts/{done['id']}", f"attempts/{done['id']}/audio", f"exercises/{done['exercise_id']}"):
            assert (await client.get(f"{TRAINING}/{path}")).status_code == 404, (who, path)
        assert (await client.delete(f"{TRAINING}/attempts/{done['id']}")).status_code == 404
        assert (await send(client, done["exercise_id"])).status_code == 404
        for path in ("progress", "bests"):
            answer = await client.get(f"{TRAINING}/{path}", params=whose)
            assert answer.status_code == (200 if who in ("supervisor", "admin") else 404), (who, path)
    assert (await (await api.service(Scope.read)).get(f"{TRAINING}/attempts")).status_code == 403
    assert (await (await api.client()).get(f"{TRAINING}/attempts")).status_code == 401


async def test_what_is_away_is_waited_for_and_what_always_fails_is_given_up(api: Api, outcomes: Outcomes) -> None:
    client = await api.user(Role.operator)
    given = await exercise(client)
    outcomes[:] = [AWAY] * 5 + [judgement(70, 80)]
    assert (await attempt(client, given["id"]))["outcome"] == "scored"
    outcomes[:] = [ValueError("a bug")]
    assert (await attempt(client, given["id"]))["outcome"] == "failed"


async def test_an_attempt_that_waits_is_judged_after_a_restart(settings: Settings, outcomes: Outcomes) -> None:
    outcomes[:] = [AWAY]
    async with running_api(settings) as api:
        client = await api.user(Role.operator)
        where = (await send(client, (await exercise(client))["id"])).headers["Location"]
        assert (await client.get(where)).json()["state"] == "waiting"
        token = client.headers["Authorization"].split()[1]
    outcomes[:] = [judgement(70, 80)]
    async with running_api(settings) as api:
        done = await (await api.client(token)).get(where, params={"wait_s": 30})
        assert done.json()["outcome"] == "scored"


async def test_too_many_that_wait_are_refused_with_when_to_come_again(api: Api, outcomes: Outcomes) -> None:
    outcomes[:] = [AWAY]
    client = await api.user(Role.operator)
    given = await exercise(client)
    for _ in range(service.OWN_WAITING):
        assert (await send(client, given["id"])).status_code == 202
    refusal = await send(client, given["id"])
    assert refusal.status_code == 429
    assert int(refusal.headers["Retry-After"]) > 0
    async with api.app.state.database.sessions() as session:
        row = await session.get(ExerciseRow, given["id"])
        with pytest.raises(UnavailableError, match="too many"):
            await service.Intake(api.app.state.practice.takes, 1).take(session, row, Path(__file__), None)


async def test_empty_and_huge_recordings_are_refused(api: Api) -> None:
    client = await api.user(Role.operator)
    given = await exercise(client)
    assert (await send(client, given["id"], b"")).status_code == 422
    assert (await send(client, given["id"], bytes(17 * 2**20))).status_code == 413
    assert (await client.post(f"{TRAINING}/exercises/{given['id']}/attempts")).status_code in (400, 422)


async def test_odd_questions_are_no_failures_of_the_service(api: Api) -> None:
    client = await api.user(Role.operator)
    nul = ("exercises/%00", "attempts/%00", "attempts?exercise_id=%00", "attempts?cursor=%00", "progress?user_id=%00")
    times = ("attempts?since=2026-01-01T00:00:00", "attempts?since=0001-01-01T00:00:00%2B14:00")
    for asked in (*nul, *times):
        answer = await client.get(f"{TRAINING}/{asked}")
        assert answer.status_code in (200, 404, 422), (asked, answer.text)


async def test_an_operators_attempts_are_erased_with_every_recording_and_later_ones_stay(api: Api) -> None:
    client, other = await api.user(Role.operator, operator_id="17"), await api.user(Role.operator, operator_id="18")
    done, kept = [await attempt(who, (await exercise(who))["id"]) for who in (client, other)]
    async with api.app.state.database.sessions() as session:
        takes = api.app.state.practice.takes
        assert await service.erase(session, takes, "17", datetime.fromisoformat(done["at"])) == 0
        assert await service.erase(session, takes, "17", datetime.now(UTC)) == 1
        await session.commit()
    assert (await client.get(f"{TRAINING}/attempts")).json()["items"] == []
    assert len((await other.get(f"{TRAINING}/attempts")).json()["items"]) == 1
    recordings = [path.name for path in (api.settings.home / "recordings" / "training").iterdir()]
    assert recordings == [kept["id"]]
