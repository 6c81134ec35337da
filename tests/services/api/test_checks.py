"""Single checks over HTTP on a real Triton: verdicts, limits, quotas, idempotency, and what happens without Triton."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
import soundfile

from diktor.audio.decode import blocks
from diktor.settings import Settings
from diktor.wire.accounts import Role, Scope
from tests.support.api import SECRET, Api, running_api
from tests.support.faulty_triton import REFUSED, faulty_triton
from tests.support.mutations import mutations, recordings
from tests.support.postgres import empty_database, on_both
from tests.support.processes import ROOT, free_port
from tests.support.triton import start_triton

CALL = ROOT / "assets" / "calls" / "call-02.mp3"
"""Its operator has a rhotacism, its customer is healthy."""

CHECKS, PREDICT = "/api/v1/checks", "/api/predict"
EACH, MANY = 12, 112
"""Damaged versions of a recording of each codec, here and in the long proof."""

Started = Callable[..., AbstractAsyncContextManager[Api]]


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with start_triton(tmp_path_factory.mktemp("triton")) as stack:
        yield stack.settings


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The operator's first nine seconds."""
    path = tmp_path_factory.mktemp("short") / "call.wav"
    pcm = np.concatenate(list(blocks(CALL)), axis=1)[0, : 9 * 8000]
    soundfile.write(path, pcm, 8000)
    return path.read_bytes()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite is enough, but where a test is `on_both`."""
    return empty_database(request, tmp_path)


@pytest.fixture
def started(triton: Settings, tmp_path: Path, database: str) -> Started:
    """Starts the API beside Triton, with other settings than usual."""

    def start(**settings: Any) -> AbstractAsyncContextManager[Api]:
        usual = {"home": tmp_path, "sql": database, "api_secret": SECRET, "api_requests_per_minute": 10_000}
        usual |= {"triton": triton.triton}
        return running_api(Settings.load(**{**usual, "model_repository": ROOT / "triton_models", **settings}))

    return start


@pytest.fixture
async def client(started: Started) -> AsyncIterator[httpx.AsyncClient]:
    async with started() as api:
        yield await api.user(Role.operator)


async def sent(client: httpx.AsyncClient, content: bytes, to: str = CHECKS, **more: Any) -> httpx.Response:
    return await client.post(to, files={"file": ("call.mp3", content, "audio/mpeg")}, timeout=60, **more)


def left(home: Path) -> list[Path]:
    """Files of checks that nobody removed."""
    return [path for path in (home / "api").rglob("*") if path.is_file()]


def silence() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(8 * 8000, np.int16), 8000, format="WAV")
    return file.getvalue()


async def test_a_recording_is_judged_channel_by_channel(client: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await sent(client, CALL.read_bytes())
    assert answer.status_code == 200
    found = answer.json()
    assert (found["release"], found["codec"]) == (1, "mp3float")
    operator, customer = found["channels"]
    assert (operator["channel"], customer["channel"]) == ("operator", "customer")
    assert {defect["defect"]: defect["verdict"] for defect in operator["defects"]}["rhotacism"] == "likely"
    assert "likely" not in {defect["verdict"] for defect in customer["defects"]}
    rhotacism = operator["defects"][0]
    assert rhotacism["risk"] > 50
    assert rhotacism["markers"] > 3
    assert rhotacism["evidence"]
    for span in rhotacism["evidence"]:
        assert 0 <= span["start_s"] < span["end_s"] <= operator["duration_s"]
    assert 0 < operator["speech_s"] < operator["duration_s"]
    assert found["timings"]["score_s"] > 0
    assert left(tmp_path) == []


@pytest.mark.parametrize("codec", recordings())
async def test_any_codec_is_heard(client: httpx.AsyncClient, codec: str) -> None:
    answer = await sent(client, recordings()[codec])
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["channels"]) == (1 if "GSM" in codec else 2)
    assert answer.json()["channels"][0]["duration_s"] == pytest.approx(2, abs=0.2)


async def test_silence_is_no_verdict(client: httpx.AsyncClient) -> None:
    (channel,) = (await sent(client, silence())).json()["channels"]
    assert channel["speech_s"] == 0
    assert {(defect["verdict"], defect["risk"]) for defect in channel["defects"]} == {("not_enough_evidence", None)}


async def test_what_is_no_recording_is_refused_with_a_reason(client: httpx.AsyncClient, tmp_path: Path) -> None:
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.wav\n#EXT-X-ENDLIST\n"
    for content in (b"", b"no sound at all", playlist, CALL.read_bytes()[:100]):
        answer = await sent(client, content)
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("the recording ")
        assert answer.json()["remedy"]
    assert (await client.post(CHECKS, files={"other": b"field"})).status_code == 422
    assert left(tmp_path) == []


async def damage(client: httpx.AsyncClient, count: int) -> dict[int, int]:
    """How damaged recordings of every codec were answered, by status."""
    found: dict[int, int] = {}
    for codec, data in recordings().items():
        for content in mutations(data, count, seed=len(codec)):
            answer = await sent(client, content)
            found[answer.status_code] = found.get(answer.status_code, 0) + 1
            if answer.status_code != 200:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["remedy"]
    return found


async def test_damaged_recordings_are_heard_or_refused(client: httpx.AsyncClient, tmp_path: Path) -> None:
    found = await damage(client, EACH)
    assert set(found) == {200, 422}
    assert sum(found.values()) > 100
    assert left(tmp_path) == []


@contextmanager
def decoders() -> Iterator[dict[int, float]]:
    """MiB that each decoder, a child of the fork server, has to itself, the most of all looks, by process id."""
    found: dict[int, float] = {}
    here, ended = psutil.Process(), Event()

    def look() -> None:
        while not ended.wait(0.005):
            with suppress(psutil.Error):
                servers = [child for child in here.children() if "forkserver" in " ".join(child.cmdline())]
                for child in (child for server in servers for child in server.children()):
                    found[child.pid] = max(found.get(child.pid, 0.0), child.memory_full_info().uss / 2**20)

    looking = Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        ended.set()
        looking.join()


@pytest.mark.accept
async def test_a_thousand_damaged_recordings_are_heard_or_refused(client: httpx.AsyncClient, tmp_path: Path) -> None:
    here, began = psutil.Process(), time.monotonic()
    await damage(client, 1)  # what is loaded once
    before = here.memory_info().rss
    with decoders() as seen:
        found = await damage(client, MANY)
    grown, most = (here.memory_info().rss - before) / 2**20, max(seen.values())
    took = time.monotonic() - began
    print(f"{found} in {took:.0f} s, {grown:+.1f} MiB here, at most {most:.0f} MiB in one of {len(seen)} decoders")
    assert set(found) == {200, 422}
    assert sum(found.values()) > 1000
    assert len(seen) > 100  # that were looked at
    assert grown < 64
    assert most < 512
    assert (await sent(client, CALL.read_bytes())).status_code == 200
    assert left(tmp_path) == []


async def test_limits_of_size_and_length_are_told(started: Started, short: bytes, tmp_path: Path) -> None:
    async with started(check_max_bytes=100_000, check_max_seconds=5) as api:
        client = await api.user(Role.operator)
        large = await sent(client, bytes(200_000))
        assert (large.status_code, large.json()["detail"]) == (413, "the recording has more than 100000 bytes")
        assert (await sent(client, bytes(120_000))).status_code == 413  # past the form's own allowance
        tone = recordings()["wav"]
        assert (await sent(client, tone)).status_code == 200

        async def pieces() -> AsyncIterator[bytes]:
            yield b"--x\r\n"

        unsaid = await client.post(
            CHECKS, content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert unsaid.status_code == 400
    async with started(check_max_seconds=5) as api:
        long = await sent(await api.user(Role.operator, "another"), short)
        assert long.status_code == 422
        assert "longer than 5 s" in long.json()["detail"]
    assert left(tmp_path) == []


async def test_who_may_check(started: Started) -> None:
    async with started() as api:
        tone = recordings()["wav"]
        clients = {
            401: [await api.client()],
            403: [await api.service(Scope.read), await api.service(Scope.ingest)],
            200: [await api.service(Scope.check), *[await api.user(role) for role in Role]],
        }
        for status, those in clients.items():
            for client in those:
                answer = await sent(client, tone)
                assert answer.status_code == status, answer.text


async def test_a_release_may_be_named(client: httpx.AsyncClient) -> None:
    tone = recordings()["wav"]
    assert (await sent(client, tone, params={"release": 1})).json()["release"] == 1
    unknown = await sent(client, tone, params={"release": 77})
    assert unknown.status_code == 422
    assert "release 77" in unknown.json()["detail"]


@on_both
async def test_the_same_request_is_done_once(client: httpx.AsyncClient, short: bytes) -> None:
    key = {"Idempotency-Key": "one"}
    both = await asyncio.gather(sent(client, short, headers=key), sent(client, short, headers=key))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    first = next(answer for answer in both if answer.status_code == 200)
    again = await sent(client, short, headers=key)
    assert again.json() == first.json()  # its timings too
    assert (await sent(client, short, headers={"Idempotency-Key": "two"})).json() != first.json()
    other = await sent(client, recordings()["wav"], headers=key)
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]


@on_both
async def test_a_failure_is_not_kept_as_the_answer(started: Started, triton: Settings, short: bytes) -> None:
    key = {"Idempotency-Key": "one"}
    with faulty_triton(triton.triton) as door:
        async with started(triton=door.address) as api:
            client = await api.user(Role.operator)
            door.faults = (REFUSED,)
            failed = await sent(client, short, headers=key)
            assert failed.status_code == 503
            assert int(failed.headers["Retry-After"]) > 0
            door.faults = ()
            assert (await sent(client, short, headers=key)).status_code == 200


@on_both
async def test_seconds_of_audio_are_counted_and_given_back_where_nothing_came_of_them(
    started: Started, triton: Settings, short: bytes
) -> None:
    with faulty_triton(triton.triton) as door:
        async with started(triton=door.address, check_quota_seconds=20) as api:
            client, other = await api.user(Role.operator), await api.service(Scope.check)
            door.faults = (REFUSED,)
            assert (await sent(client, short)).status_code == 503
            door.faults = ()
            assert [(await sent(client, short)).status_code for _ in range(2)] == [200, 200]
            refused = await sent(client, short)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
            assert (await sent(client, recordings()["wav"])).status_code == 200  # two seconds are left
            assert (await sent(other, short)).status_code == 200


async def test_more_than_there_are_slots_come_back_later(started: Started, short: bytes, tmp_path: Path) -> None:
    async with started(check_slots=2) as api:
        client = await api.user(Role.operator)
        answers = await asyncio.gather(*(sent(client, short) for _ in range(6)))
        assert sorted({answer.status_code for answer in answers}) == [200, 503]
        assert {answer.headers.get("Retry-After") for answer in answers if answer.status_code == 503} == {"5"}
        assert (await sent(client, short)).status_code == 200
    assert left(tmp_path) == []


async def test_many_at_once_have_each_their_own_verdict(client: httpx.AsyncClient, short: bytes) -> None:
    contents = [short, recordings()["mp3"], silence()] * 3
    answers = await asyncio.gather(*(sent(client, content) for content in contents))
    found = [[channel["defects"] for channel in answer.json()["channels"]] for answer in answers]
    assert found[:3] * 3 == found
    assert found[0] != found[1]


async def test_without_triton_it_is_said_and_with_it_all_is_well_again(
    started: Started, triton: Settings, short: bytes, tmp_path: Path
) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with started(triton=address) as api:
        client = await api.user(Role.operator)
        away = await sent(client, short)
        assert away.status_code == 503
        assert away.headers["Retry-After"] == "5"
        assert left(tmp_path) == []
        with faulty_triton(triton.triton, address):
            deadline = time.monotonic() + 60
            while (answer := await sent(client, short)).status_code == 503 and time.monotonic() < deadline:
                await asyncio.sleep(0.5)
            assert answer.status_code == 200


async def test_the_old_endpoint_is_there_only_where_it_is_wanted(client: httpx.AsyncClient, short: bytes) -> None:
    assert (await sent(client, short, PREDICT)).status_code == 404


async def test_the_old_endpoint_answers_as_it_did(started: Started, short: bytes, tmp_path: Path) -> None:
    async with started(api_legacy_predict=True) as api:
        anybody = await api.client()
        call = CALL.read_bytes()
        answer = await sent(anybody, call, PREDICT)
        assert answer.status_code == 200
        found = answer.json()
        assert set(found) == {"predict", "predict_proba"}
        assert found["predict"] == 1
        assert len(found["predict_proba"]) == 4
        assert sum(found["predict_proba"]) == pytest.approx(1)
        assert max(found["predict_proba"]) == found["predict_proba"][found["predict"]]
        assert (await sent(anybody, call, PREDICT, params={"model_name": "speech_defects_1"})).json() == found
        asked = [(silence(), "1"), (b"no sound", "1"), (short, "77"), (short, "x")]
        for content, name in asked:
            refused = await sent(anybody, content, PREDICT, params={"model_name": name})
            assert refused.status_code == 422
            assert refused.headers["content-type"] == "application/problem+json"
    assert left(tmp_path) == []


async def test_the_old_endpoint_bounds_each_address(started: Started) -> None:
    async with started(api_legacy_predict=True, api_predicts_per_minute=2) as api:
        one, other = await api.client(address="10.0.0.1"), await api.client(address="10.0.0.2")
        assert [(await sent(one, b"x", PREDICT)).status_code for _ in range(3)] == [422, 422, 429]
        assert (await sent(other, b"x", PREDICT)).status_code == 422
