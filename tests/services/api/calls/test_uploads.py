"""Sending recordings in: each file's fate is told, nothing is lost while ingest is away, everybody sends their own."""

import asyncio
import io
import zipfile
from pathlib import Path

import httpx

from diktor.settings import Settings
from diktor.wire.accounts import Role, Scope
from tests.services.api.calls.conftest import ingest
from tests.support.api import Api, running_api
from tests.support.calls import call, store, wav
from tests.support.postgres import on_both

CALLS = "/api/v1/calls"


def packed(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


async def send(client: httpx.AsyncClient, *files: tuple[str, bytes], **form: str) -> httpx.Response:
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return await client.post(CALLS, files=parts, data=form)


async def settled(client: httpx.AsyncClient, batch_id: str) -> dict:
    """An upload, once nothing of it waits for ingest."""
    async with asyncio.timeout(60):
        while True:
            batch = (await client.get(f"{CALLS}/batches/{batch_id}")).json()
            if "waiting" not in batch["counts"]:
                return batch
            await asyncio.sleep(0.1)


async def test_each_file_of_an_upload_has_its_fate(api: Api, settings: Settings, tmp_path: Path) -> None:
    admin = await api.user(Role.admin)
    bad = packed(**{"../../in.wav": wav(2), "bomb.wav": bytes(30 << 20), "notes.txt": b"x", "broken.mp3": b"no sound"})
    with ingest(settings, tmp_path):
        sent = await send(admin, ("one.wav", wav(1)), ("more.zip", bad), operator_id="op", team_id="north")
        assert sent.status_code == 202, sent.text
        batch = await settled(admin, sent.json()["batch_id"])
        again = await settled(admin, (await send(admin, ("same.wav", wav(1)))).json()["batch_id"])
    files = {file["name"]: file for file in batch["files"]}
    assert {name: file["state"] for name, file in files.items()} == {
        "one.wav": "sent",
        "more.zip:../../in.wav": "sent",
        "more.zip:bomb.wav": "refused",
        "more.zip:broken.mp3": "refused",
    }
    assert "unpacks to more" in files["more.zip:bomb.wav"]["problem"]
    assert "broken.mp3" in files["more.zip:broken.mp3"]["problem"]
    assert (again["files"][0]["call_id"], again["files"][0]["duplicate"]) == (files["one.wav"]["call_id"], True)
    assert not batch["done"]
    await store(settings, *(call(files[name]["call_id"]) for name in ("one.wav", "more.zip:../../in.wav")))
    done = (await admin.get(f"{CALLS}/batches/{batch['batch_id']}")).json()
    assert (done["counts"], done["done"]) == ({"scored": 2, "refused": 2}, True)
    assert [path.name for path in (settings.home / "api" / "uploads").iterdir()] == []


async def test_uploads_wait_for_ingest_also_over_a_restart(settings: Settings, tmp_path: Path) -> None:
    async with running_api(settings) as api:
        sent = await send(await api.user(Role.admin, "boss"), ("one.wav", wav(1)))
        assert (sent.status_code, sent.json()["counts"]) == (202, {"waiting": 1})
    async with running_api(settings) as api:
        with ingest(settings, tmp_path):
            batch = await settled(await api.user(Role.admin, "another"), sent.json()["batch_id"])
    assert batch["counts"] == {"sent": 1}


async def test_everybody_sends_calls_of_their_own(api: Api) -> None:
    operator = await api.user(Role.operator, operator_id="op", teams=("north",))
    supervisor = await api.user(Role.supervisor, teams=("north", "east"))
    program, reader = await api.service(Scope.ingest), await api.service(Scope.read)
    file = ("one.wav", b"sound")
    own = (await send(operator, file)).json()
    assert (own["operator_id"], own["team_id"]) == ("op", "north")
    assert (await send(supervisor, file, team_id="east", operator_id="op")).json()["team_id"] == "east"
    assert (await send(program, file, team_id="any")).json()["team_id"] == "any"
    for client, form in (
        (operator, {"operator_id": "other"}),
        (operator, {"team_id": "south"}),
        (supervisor, {"team_id": "south"}),
        (supervisor, {}),
        (await api.user(Role.operator), {}),
        (reader, {}),
    ):
        assert (await send(client, file, **form)).status_code == 403
    assert (await send(program, file, team_id="a\nb")).status_code == 422
    assert (await send(program)).status_code == 422
    assert (await send(program, ("empty.zip", packed()))).status_code == 422
    assert (await supervisor.get(f"{CALLS}/batches/{own['batch_id']}")).status_code == 404
    assert [item["batch_id"] for item in (await operator.get(f"{CALLS}/batches")).json()["items"]] == [own["batch_id"]]


async def test_files_join_an_upload_of_ones_own_one_by_one(api: Api) -> None:
    leader = await api.user(Role.supervisor, teams=("north", "east"))
    first = (await send(leader, ("one.wav", b"1"), team_id="east", operator_id="op")).json()
    joined = {"batch_id": first["batch_id"]}
    more = await send(leader, ("two.wav", b"22"), ("three.wav", b"333"), **joined)
    assert [file["name"] for file in more.json()["files"]] == ["two.wav", "three.wav"]
    assert (more.json()["batch_id"], more.json()["operator_id"]) == (first["batch_id"], "op")
    whole = (await leader.get(f"{CALLS}/batches/{first['batch_id']}")).json()
    assert {file["name"]: file["size"] for file in whole["files"]} == {"one.wav": 1, "two.wav": 2, "three.wav": 3}
    ids = {file["name"]: file["file_id"] for file in whole["files"]}
    assert all(ids[file["name"]] == file["file_id"] for file in more.json()["files"])
    assert (await send(leader, ("four.wav", b"4"), **joined, operator_id="other")).status_code == 422
    assert (await send(await api.user(Role.admin), ("four.wav", b"4"), **joined)).status_code == 404
    assert len((await leader.get(f"{CALLS}/batches")).json()["items"]) == 1


@on_both
async def test_an_upload_that_is_sent_again_with_its_key_is_taken_once(api: Api) -> None:
    admin = await api.user(Role.admin)
    part = {"files": ("one.wav", b"sound", "application/octet-stream")}
    answers = [await admin.post(CALLS, files=part, headers={"Idempotency-Key": "a key"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = {"files": ("one.wav", b"another sound", "application/octet-stream")}
    assert (await admin.post(CALLS, files=other, headers={"Idempotency-Key": "a key"})).status_code == 422
    for form in ({"channels": "mixed"}, {"started_at": "2026-11-20T10:00:00+03:00"}):
        again = await admin.post(CALLS, files=part, data=form, headers={"Idempotency-Key": "a key"})
        assert again.status_code == 422, form
    assert len((await admin.get(f"{CALLS}/batches")).json()["items"]) == 1


async def test_too_many_files_and_too_many_waiting_are_refused(settings: Settings) -> None:
    small = settings.model_copy(update={"upload_max_files": 2, "upload_waiting": 3, "ingest_max_bytes": 1000})
    async with running_api(small) as api:
        admin = await api.user(Role.admin)
        three = await send(admin, ("a.zip", packed(**{f"{n}.wav": b"x" for n in range(3)})))
        assert three.json()["counts"] == {"waiting": 2, "refused": 1}
        joined = await send(admin, ("d.wav", b"x"), batch_id=three.json()["batch_id"])
        assert joined.json()["counts"] == {"refused": 1}
        large = await send(admin, ("large.wav", bytes(1001)), ("b.wav", b"x"))
        assert "larger than 1000" in large.json()["files"][0]["problem"]
        full = await send(admin, ("c.wav", b"x"))
        assert (full.status_code, "Retry-After" in full.headers) == (429, True)
