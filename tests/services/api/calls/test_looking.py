"""Looking at calls: everybody sees theirs and nothing else, listens in ranges, and takes tables away."""

import csv
import io
from pathlib import Path

import httpx
import pyarrow.parquet
import pytest

from diktor.wire.accounts import Role, Scope
from tests.support.api import Api
from tests.support.calls import call, record, store, wav

CALLS = "/api/v1/calls"


async def listed(client: httpx.AsyncClient, **query: object) -> list[str]:
    answer = await client.get(CALLS, params=query)
    assert answer.status_code == 200, answer.text
    return sorted(item["call_id"] for item in answer.json()["items"])


async def test_everybody_sees_their_calls_and_no_others(api: Api) -> None:
    await store(api.settings, call("a"), call("b", operator="other"), call("c", team="south"))
    operator = await api.user(Role.operator, operator_id="op", teams=("north",))
    supervisor = await api.user(Role.supervisor, teams=("north",))
    nobody = await api.user(Role.operator)
    admin, program = await api.user(Role.admin), await api.service(Scope.read)
    seen = [
        (operator, ["a", "c"]),
        (supervisor, ["a", "b"]),
        (nobody, []),
        (admin, ["a", "b", "c"]),
        (program, ["a", "b", "c"]),
    ]
    for client, ids in seen:
        assert await listed(client) == ids
        for call_id in "abc":
            assert (await client.get(f"{CALLS}/{call_id}")).status_code == (200 if call_id in ids else 404)
    assert await listed(supervisor, team="south") == []
    assert await listed(admin, team="south", minimum_risk=50) == ["c"]
    assert await listed(supervisor, call_id=["a", "c", "nobody's"]) == ["a"]
    assert (await admin.get(CALLS, params={"defect": "lisp"})).status_code == 422
    assert (await (await api.service(Scope.check)).get(CALLS)).status_code == 403


async def test_one_call_has_its_windows_evidence_and_pages(api: Api) -> None:
    await store(api.settings, *(call(f"call-{number}") for number in range(5)))
    admin = await api.user(Role.admin)
    first = (await admin.get(CALLS, params={"limit": 3})).json()
    rest = (await admin.get(CALLS, params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["call_id"][-1] for item in first["items"] + rest["items"]] == list("43210")
    assert rest["next"] is None
    detail = (await admin.get(f"{CALLS}/call-0")).json()
    assert [window["start_ms"] for window in detail["windows"]] == [0, 4000]
    assert detail["windows"][1]["probability"]["rhotacism"] == pytest.approx(0.9)
    assert detail["evidence"][0] == {
        "channel": "operator", "defect": "rhotacism", "start_ms": 4200, "end_ms": 4300, "score": pytest.approx(0.9),
    }  # fmt: skip
    assert (detail["recorded"], detail["call"]["judgements"][0]["verdict"]) == (False, "likely")


async def test_an_open_call_has_the_evidence_of_the_windows_so_far(api: Api) -> None:
    await store(api.settings, call("open", status="open", verdicts=()))
    detail = (await (await api.user(Role.admin)).get(f"{CALLS}/open")).json()
    assert detail["call"]["judgements"] == []
    found = [(one["channel"], one["defect"], one["start_ms"], one["end_ms"]) for one in detail["evidence"]]
    assert found == [("operator", "rhotacism", 4200, 4300)]


async def test_a_recording_is_listened_to_in_ranges_and_that_is_noted_once(api: Api, tmp_path: Path) -> None:
    sound = wav(1)
    record(api.settings, tmp_path, "call-1", sound)
    await store(api.settings, call("call-1"), call("call-2"))
    supervisor = await api.user(Role.supervisor, teams=("north",))
    address = f"{CALLS}/call-1/audio"
    whole = await supervisor.get(address)
    assert (whole.status_code, whole.content, whole.headers["Accept-Ranges"]) == (200, sound, "bytes")
    assert whole.headers["Content-Type"] == "audio/wav"
    for wanted, content in (
        ("bytes=0-99", sound[:100]),
        ("bytes=100-", sound[100:]),
        ("bytes=-50", sound[-50:]),
        ("bytes=100-999999", sound[100:]),
    ):
        part = await supervisor.get(address, headers={"Range": wanted})
        assert (part.status_code, part.content) == (206, content)
        assert part.headers["Content-Range"].endswith(f"/{len(sound)}")
    beyond = await supervisor.get(address, headers={"Range": f"bytes={len(sound)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(sound)}")
    for wanted in ("bytes=5-2", "bytes=0-1,3-4", "items=1"):
        assert (await supervisor.get(address, headers={"Range": wanted})).status_code == 200
    other = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert (await supervisor.get(address, headers=other)).status_code == 200
    assert (await supervisor.get(f"{CALLS}/call-2/audio")).status_code == 404
    assert (await (await api.user(Role.supervisor, teams=("south",))).get(address)).status_code == 404
    assert (await (await api.service(Scope.read)).get(address)).status_code == 403
    audit = (await (await api.user(Role.admin)).get("/api/v1/audit", params={"action": "calls.listen"})).json()
    assert [(entry["subject"], entry["actor"]) for entry in audit["items"]] == [
        ("call-1", f"user:{supervisor.headers['X-User']}")
    ]


async def test_a_waveform_is_made_once(api: Api, tmp_path: Path) -> None:
    record(api.settings, tmp_path, "call-1", wav(1))
    await store(api.settings, call("call-1"))
    admin = await api.user(Role.admin)
    found = (await admin.get(f"{CALLS}/call-1/waveform")).json()
    assert len(found["channels"]["mixed"]) == 800
    assert 0 < max(found["channels"]["mixed"]) <= 100
    (Path(api.settings.home) / "recordings" / "call-1" / "audio").write_bytes(b"nothing that could be decoded")
    assert (await admin.get(f"{CALLS}/call-1/waveform")).json() == found


async def test_tables_are_taken_away_and_that_is_noted(api: Api) -> None:
    await store(api.settings, call("a"), call("b", team="south"))
    supervisor = await api.user(Role.supervisor, teams=("north",))
    text = await supervisor.get(f"{CALLS}/export")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert {row["call_id"] for row in rows} == {"a"}
    assert [row["risk"] for row in rows] == ["80", "10", ""]
    answer = await supervisor.get(f"{CALLS}/export", params={"format": "parquet", "verdict": "likely"})
    assert pyarrow.parquet.read_table(io.BytesIO(answer.content)).num_rows == 3
    audit = (await (await api.user(Role.admin)).get("/api/v1/audit", params={"action": "calls.export"})).json()
    assert [entry["detail"]["format"] for entry in audit["items"]] == ["parquet", "csv"]


async def test_supervisors_review_windows_until_none_is_left(api: Api) -> None:
    await store(api.settings, call("a"), call("b", risks=(60.0, 40.0, 90.0)), call("c", team="south"))
    supervisor = await api.user(Role.supervisor, teams=("north",))

    async def waiting() -> list[tuple[str, str, int]]:
        items = (await supervisor.get(f"{CALLS}/reviews")).json()["items"]
        return [(item["call"]["call_id"], item["defect"], item["start_ms"]) for item in items]

    assert await waiting() == [
        ("b", "stuttering", 0),
        ("a", "rhotacism", 4000),
        ("b", "rhotacism", 4000),
        ("b", "fricative_g", 0),
    ]
    label = f"{CALLS}/a/labels/operator/4000/rhotacism"
    said = await supervisor.put(label, json={"label": "confirmed", "comment": "слышно"})
    assert (said.status_code, said.json()["by"]) == (200, f"user:{supervisor.headers['X-User']}")
    assert ("a", "rhotacism", 4000) not in await waiting()
    assert await listed(supervisor, reviewed=True) == ["a"]
    assert (await supervisor.get(f"{CALLS}/a")).json()["labels"][0]["comment"] == "слышно"
    await supervisor.put(label, json={"label": "rejected"})
    assert [item["label"] for item in (await supervisor.get(f"{CALLS}/a")).json()["labels"]] == ["rejected"]
    assert (await supervisor.delete(label)).status_code == 204
    assert ("a", "rhotacism", 4000) in await waiting()
    for wrong in ("a/labels/operator/1/rhotacism", "a/labels/customer/0/rhotacism", "a/labels/operator/0/lisp"):
        assert (await supervisor.put(f"{CALLS}/{wrong}", json={"label": "other"})).status_code == 422
    assert (await supervisor.put(label, json={"label": "sure"})).status_code == 422
    assert (await supervisor.put(label.replace("/a/", "/c/"), json={"label": "other"})).status_code == 404
    operator = await api.user(Role.operator, operator_id="op")
    assert (await operator.put(label, json={"label": "other"})).status_code == 403
