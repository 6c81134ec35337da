"""What the parts say of a call: logs that name it and nobody, and one trace from the upload to Triton's answer."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from deploy.embedded.stack import Stack
from diktor.dead_letters import DeadLetter, read
from diktor.events import CallEnded, to_message
from diktor.recordings import call_id_of, digest_of
from diktor.rows import CallRow
from diktor.store.client import Store
from tests.support.collector import Collector, Received, collector
from tests.support.processes import ROOT, wait_until
from tests.support.stack import embedded_stack

OPERATOR, TEAM, FILE = "operator-ivanov-secret", "team-petrov-secret", "sidorov-secret"
CALLS = sorted((ROOT / "assets" / "calls").glob("call-*"))
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


class Seen(NamedTuple):
    """A stack that is watched, and what went through it."""

    stack: Stack
    collector: Collector
    call: CallRow
    refused: str
    dropped: str
    letters: dict[str, DeadLetter]

    def lines(self, part: str) -> list[dict[str, Any]]:
        """A part's log; every line of it is JSON."""
        return [json.loads(line) for line in self.stack.home.log(part).read_text().splitlines()]

    def said(self, part: str, call_id: str) -> list[str]:
        """What a part logged of a call."""
        return [line["event"] for line in self.lines(part) if line.get("call_id") == call_id]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("seen")
    (drop := folder / "drop").mkdir()
    with ExitStack() as parts:
        spans = parts.enter_context(collector())
        patch = parts.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DIKTOR_TRACES", spans.address)
        patch.setenv("DIKTOR_INGEST_WATCH", str(drop))
        kinds = ("broker", "clickhouse", "triton", "scorer", "ingest")
        stack = parts.enter_context(embedded_stack(folder / "home", parts=kinds))
        answer = post(stack, named(folder, CALLS[2]), traceparent=TRACEPARENT)
        assert answer.status_code == 202
        (folder / f"{FILE}.wav").write_text(f"no sound of {OPERATOR}")
        assert post(stack, folder / f"{FILE}.wav").status_code == 422
        (drop / f"{FILE}.ogg").write_text("no sound here either")
        dropped = call_id_of(digest_of(drop / f"{FILE}.ogg"))
        wait_until("the dropped file is refused", lambda: (drop / "refused" / f"{FILE}.ogg.reason.txt").exists(), 30)
        asyncio.run(publish_broken(stack))
        call = asyncio.run(finished(stack, answer.json()["call_id"]))
        letters = {letter.call_id: letter for letter, _ in asyncio.run(read(stack.settings))}
        yield Seen(stack, spans, call, call_id_of(digest_of(folder / f"{FILE}.wav")), dropped, letters)


def named(folder: Path, call: Path) -> Path:
    return Path(shutil.copy(call, folder / f"{FILE}{call.suffix}"))


def post(stack: Stack, path: Path, **headers: str) -> httpx.Response:
    token = stack.settings.ingest_token.get_secret_value()
    with path.open("rb") as file:
        return httpx.post(
            f"{stack.settings.ingest}/calls",
            data={"operator_id": OPERATOR, "team_id": TEAM},
            files={"file": (path.name, file)},
            headers={"Authorization": f"Bearer {token}", **headers},
            timeout=60,
        )


async def publish_broken(stack: Stack) -> None:
    """Two events out of contract whose publisher wrote a person where the contract wants something else."""
    message = to_message("call-broken", CallEnded({}, "end"))
    headers = [(name, OPERATOR.encode() if name == "ce_type" else value) for name, value in message.headers]
    producer = AIOKafkaProducer(bootstrap_servers=stack.settings.kafka, acks="all")
    await producer.start()
    try:
        traced = [*headers, ("traceparent", TRACEPARENT.encode())]
        await producer.send_and_wait("calls.audio", message.value, key=message.key, headers=traced)
        value = json.dumps({"duration_ms": {TEAM: 1}, "reason": "end"}).encode()
        malformed = [*message.headers, ("traceparent", b"none of " + OPERATOR.encode())]
        await producer.send_and_wait("calls.audio", value, key=b"call-odd", headers=malformed)
    finally:
        await producer.stop()


async def finished(stack: Stack, call_id: str) -> CallRow:
    store = await Store.open(stack.settings)
    try:
        async with asyncio.timeout(90):
            while (row := await store.call(call_id)) is None or row.status == "open":
                await asyncio.sleep(0.2)
        return row
    finally:
        await store.close()


def of_call(seen: Seen, name: str) -> list[Received]:
    return [span for span in seen.collector.spans if span.name == name and span.trace == TRACE]


def test_every_line_is_a_json_document_that_says_when_and_who(seen: Seen) -> None:
    for part in ("ingest", "scorer-0", "clickhouse"):
        lines = seen.lines(part)
        assert lines or part == "clickhouse"
        assert {line["part"] for line in lines} == {part.split("-")[0]}
        assert all(line["timestamp"].endswith("Z") and line["level"] and line["event"] for line in lines)


def test_the_lines_of_a_call_name_it_and_its_trace(seen: Seen) -> None:
    call = seen.call.call_id
    assert seen.said("ingest", call) == ["taken in", "published"]
    assert seen.said("scorer-0", call) == ["the call is scored"]
    for part in ("ingest", "scorer-0"):
        assert {line["trace_id"] for line in seen.lines(part) if line.get("call_id") == call} == {TRACE}


def test_what_was_refused_or_set_aside_is_named_by_its_call(seen: Seen) -> None:
    for call in (seen.refused, seen.dropped):
        assert any("a recording was refused. Send wav" in event for event in seen.said("ingest", call))
    assert any("dead letter from calls.audio" in event for event in seen.said("scorer-0", "call-broken"))
    assert any("dead letter from calls.audio" in event for event in seen.said("scorer-0", "call-odd"))
    assert OPERATOR in seen.letters["call-broken"].cause, "the letter itself says all"


def test_no_log_and_no_span_knows_a_person_or_a_file(seen: Seen) -> None:
    logs = [path.read_text() for path in (seen.stack.home.path / "log").iterdir()]
    for text in [*logs, *(body.decode("latin-1") for body in seen.collector.bodies)]:
        for name in (OPERATOR, TEAM, FILE):
            assert name not in text


def test_a_bug_is_in_the_log_with_its_places(seen: Seen) -> None:
    folder = seen.stack.home.path / "recordings" / "call-damaged"
    folder.mkdir()
    (folder / "recording.json").write_text(f'{{"file_name": "{FILE}"')
    token = seen.stack.settings.ingest_token.get_secret_value()
    url = f"{seen.stack.settings.ingest}/calls/call-damaged"
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 500
    (line,) = [line for line in seen.lines("ingest") if line["event"] == "a request failed"]
    assert line["exception"][0]["type"] == "DecodeError"
    assert any("recordings.py" in frame for frame in line["exception"][0]["frames"])


def test_a_dead_letter_keeps_the_trace_it_came_with(seen: Seen) -> None:
    assert seen.letters["call-broken"].headers["traceparent"] == TRACEPARENT


def test_one_trace_leads_from_the_sender_to_tritons_answer(seen: Seen) -> None:
    windows = sum(verdict.windows for verdict in seen.call.verdicts)
    wait_until("the spans arrive", lambda: len(of_call(seen, "score window")) == windows, 30)
    wait_until("the verdict's span arrives", lambda: bool(of_call(seen, "judge call")), 30)
    (take,), (publish,) = of_call(seen, "POST /calls"), of_call(seen, "publish recording")
    assert (take.parent, publish.parent) == (SPAN, take.id)
    assert take.attributes == {
        "call_id": seen.call.call_id,
        "duration_ms": seen.call.verdicts[0].duration_ms,
        "codec": "pcm_alaw",
    }
    scored = {span.id: span for span in of_call(seen, "score window")}
    assert {span.parent for span in scored.values()} == {publish.id}
    assert {span.attributes["outcome"] for span in scored.values()} <= {"scored", "silent"}
    assert {(span.attributes["channel"], span.attributes["start_ms"]) for span in scored.values()} >= {("operator", 0)}
    asked = of_call(seen, "triton request")
    assert {span.parent for span in asked} == {id_ for id_, s in scored.items() if s.attributes["outcome"] == "scored"}
    assert {span.service for span in (take, publish)} == {"diktor-ingest"}
    assert {span.service for span in asked} == {"diktor-scorer"}


def test_a_collector_that_goes_away_is_said_once_and_changes_nothing(seen: Seen, tmp_path: Path) -> None:
    stack = seen.stack
    seen.collector.close()
    answer = post(stack, named(tmp_path, CALLS[3]))
    assert answer.status_code == 202
    call = asyncio.run(finished(stack, answer.json()["call_id"]))
    assert call.status == "scored"
    lost = "the collector takes no traces: they are lost"
    for part in ("ingest", "scorer-0"):
        said = lambda part=part: [line for line in seen.lines(part) if line["event"] == lost]  # noqa: E731
        wait_until(f"{part} says that traces are lost", lambda said=said: bool(said()), 30)
        assert len(said()) == 1
        assert not [line for line in seen.lines(part) if line["logger"].startswith("opentelemetry")]
