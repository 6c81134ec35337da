"""Recordings go in; windows, verdicts and events come out, on the whole real stack."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.embedded.stack import Stack
from diktor.audio.grid import Grid
from diktor.rows import CallRow, ChannelVerdict, WindowRow
from diktor.scoring.verdict import class_of
from diktor.store.client import Store
from tests.support.processes import ROOT, python

CALLS = ROOT / "assets" / "calls"
SAMPLES = ("call-01.ogg", "call-02.mp3", "call-03.wav", "call-04.ogg", "call-05.mp3", "call-18.flac")
CLASSES = {"healthy": 0, "rhotacism": 1, "fricative_g": 2, "stuttering": 3}


def diktor(stack: Stack, *arguments: str, ok: int = 0) -> str:
    command = [python(), "-m", "diktor", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(stack), capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == ok, done.stdout + done.stderr
    return done.stdout


def environment(stack: Stack) -> dict[str, str]:
    import os

    return {**os.environ, "DIKTOR_HOME": str(stack.home.path)}


def verdict_of(row: CallRow, channel: str) -> ChannelVerdict:
    return next(verdict for verdict in row.verdicts if verdict.channel == channel)


async def stored(stack: Stack, call_id: str) -> tuple[CallRow | None, list[WindowRow]]:
    store = await Store.open(stack.settings)
    try:
        return await store.call(call_id), await store.windows_of(call_id)
    finally:
        await store.close()


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str]]:
    return {call["file"]: call for call in json.loads((CALLS / "calls.json").read_text())["calls"]}


@pytest.fixture(scope="module")
def submitted(stack: Stack) -> dict[str, dict]:
    lines = diktor(stack, "submit", *(str(CALLS / name) for name in SAMPLES), "--wait", "--json").splitlines()
    return {Path(answer["file"]).name: answer for answer in map(json.loads, lines)}


def test_every_channel_has_the_windows_of_the_contract(stack: Stack, submitted: dict[str, dict]) -> None:
    for answer in submitted.values():
        row, windows = asyncio.run(stored(stack, answer["call_id"]))
        assert row is not None
        expected = Grid().windows(answer["duration_ms"])
        for channel in ("operator", "customer"):
            found = [(w.start_ms, w.end_ms) for w in windows if w.channel == channel]
            assert found == [(w.start_ms, w.end_ms) for w in expected]
        assert len(windows) == answer["windows"] == 2 * len(expected)
        assert {w.release for w in windows} == {row.release} == {1}


def test_defective_calls_are_told_from_healthy_ones(submitted: dict[str, dict], truth: dict[str, dict]) -> None:
    for name, answer in submitted.items():
        row = msgspec.convert(answer["call"], CallRow)
        assert class_of(verdict_of(row, "operator")) == CLASSES[truth[name]["truth"]["operator"]], name


def test_evidence_lies_in_the_call_and_is_shown(stack: Stack, submitted: dict[str, dict]) -> None:
    answer = submitted["call-02.mp3"]
    row = msgspec.convert(answer["call"], CallRow)
    rhotacism = verdict_of(row, "operator").defects[0]
    assert rhotacism.evidence
    assert all(0 <= span.start_ms < span.end_ms <= answer["duration_ms"] for span in rhotacism.evidence)
    shown = diktor(stack, "results", answer["call_id"])
    assert "likely" in shown
    assert "rhotacism" in shown
    assert json.loads(diktor(stack, "results", answer["call_id"], "--json"))["call_id"] == answer["call_id"]


def test_a_file_sent_twice_is_recognised(stack: Stack, submitted: dict[str, dict]) -> None:
    again = json.loads(diktor(stack, "submit", str(CALLS / SAMPLES[0]), "--json"))
    assert again["duplicate"] is True
    assert again["call_id"] == submitted[SAMPLES[0]]["call_id"]


def test_what_is_not_audio_is_refused_and_the_others_go_on(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("no sound at all")
    (tmp_path / "good.mp3").write_bytes((CALLS / SAMPLES[1]).read_bytes())
    answers = [json.loads(line) for line in diktor(stack, "submit", str(tmp_path), "--json", ok=1).splitlines()]
    problems = {Path(a["file"]).name: a.get("problem") for a in answers}
    assert "notes.wav is not an audio file" in problems["notes.wav"]
    assert problems["good.mp3"] is None


def test_the_verdict_is_announced_on_kafka(stack: Stack, submitted: dict[str, dict]) -> None:
    async def announced() -> dict[str, dict]:
        settings = stack.settings
        consumer = AIOKafkaConsumer(
            settings.topic_scores, bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: dict[str, dict] = {}
        try:
            wanted = {answer["call_id"] for answer in submitted.values()}
            async with asyncio.timeout(30):
                while not wanted <= set(found):
                    record = await consumer.getone()
                    found[record.key.decode()] = {**dict(record.headers), "row": json.loads(record.value)}
        finally:
            await consumer.stop()
        return found

    events = asyncio.run(announced())
    for answer in submitted.values():
        event = events[answer["call_id"]]
        assert event["ce_type"] == b"diktor.call.scored"
        assert event["row"]["status"] == "scored"


def test_a_call_published_from_the_page_alone_is_scored(stack: Stack) -> None:
    """Only what docs/asyncapi.yaml says is used here: topic, key, headers, content types, JSON fields."""
    call_id = f"foreign-{datetime.now(UTC):%H%M%S%f}"

    async def publish() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=stack.settings.kafka, acks="all")
        await producer.start()

        async def send(kind: str, content: str, value: bytes, **more: str) -> None:
            attributes = {"ce_specversion": "1.0", "ce_id": f"{kind}-{more}", "ce_source": "/pbx", "ce_type": kind}
            headers = {**attributes, "content-type": content, **more}
            pairs = [(name, text.encode()) for name, text in headers.items()]
            await producer.send_and_wait("calls.audio", value, key=call_id.encode(), headers=pairs)

        try:
            started = {
                "operator_id": "7", "team_id": "a", "direction": "inbound", "started_at": "2026-11-20T10:00:00Z",
                "channels": [{"name": "mixed"}], "rate": 8000, "source": "pbx",
            }  # fmt: skip
            await send("diktor.call.started", "application/json", json.dumps(started).encode())
            for position in range(0, 6400, 400):
                await send(
                    "diktor.call.audio", "audio/PCMU", b"\xff" * 3200, channel="mixed", position_ms=str(position)
                )
            await send("diktor.call.audio", "audio/flac", b"....", channel="mixed", position_ms="0")
            ended = json.dumps({"duration_ms": {"mixed": 6400}, "reason": "hang-up"}).encode()
            await send("diktor.call.ended", "application/json", ended)
        finally:
            await producer.stop()

    async def scored() -> tuple[CallRow, list[WindowRow]]:
        async with asyncio.timeout(60):
            while True:
                row, windows = await stored(stack, call_id)
                if row is not None and row.status == "scored":
                    return row, windows
                await asyncio.sleep(0.3)

    asyncio.run(publish())
    row, windows = asyncio.run(scored())
    assert (row.operator_id, row.reason) == ("7", "hang-up")
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 5000), (4000, 6400)]
    assert all(w.speech_ms == 0 and w.probability == () for w in windows)
    letters = [json.loads(line) for line in diktor(stack, "dead-letters", "list", "--json").splitlines()]
    (letter,) = [letter for letter in letters if letter["call_id"] == call_id]
    assert "unknown content type 'audio/flac'" in letter["cause"]
    assert letter["topic"] == "calls.audio"
    assert letter["offset"] >= 0
    shown = json.loads(diktor(stack, "dead-letters", "show", letter["id"]))
    assert bytes.fromhex(shown["value_start"]) == b"...."


def test_top_tells_what_goes_through_every_part(stack: Stack, submitted: dict[str, dict]) -> None:
    found = json.loads(diktor(stack, "top", "--json", "--every", "0.3"))
    assert set(found["scorers"]) == {"scorer-0", "scorer-1"}
    assert not any(scorer["halted"] for scorer in found["scorers"].values())
    assert found["ingest"]["taken"] >= len(submitted)
    assert found["clickhouse"]["p95_s"] > 0
    names = {state.name for state in stack.supervisor.states()}
    assert found["parts"] == {name: {"up": True, "restarts": 0} for name in names}
    shown = diktor(stack, "top", "--once", "--every", "0.3")
    assert next(iter(submitted.values()))["call_id"] in shown


def test_silence_has_rows_and_costs_no_scores(stack: Stack, tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros((8000 * 9, 2), np.int16), 8000)
    answer = json.loads(diktor(stack, "submit", str(path), "--wait", "--json"))
    row = msgspec.convert(answer["call"], CallRow)
    assert [v.windows for v in row.verdicts] == [2, 2]
    assert {d.verdict for v in row.verdicts for d in v.defects} == {"not_enough_evidence"}
