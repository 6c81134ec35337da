"""The contract at the edge: what goes out comes back, what breaks it is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diktor.errors import ContractError
from diktor.events import AUDIO as AUDIO_TYPE
from diktor.events import ENDED, STARTED, CallAudio, CallEnded, CallStarted, Channel, Event, parse, to_message

names = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), min_size=1, max_size=60)
channels = st.sampled_from(["operator", "customer", "mixed"])

started = st.builds(
    CallStarted,
    operator_id=names,
    team_id=names,
    direction=st.sampled_from(["inbound", "outbound", "unknown"]),
    started_at=st.datetimes(timezones=st.just(UTC)),
    channels=st.lists(st.builds(Channel, channels), min_size=1, max_size=2).map(tuple),
    rate=st.sampled_from([8000, 16000]),
    source=names,
)
ended = st.builds(CallEnded, duration_ms=st.dictionaries(channels, st.integers(0, 10**9)), reason=names)
raw = st.builds(
    CallAudio,
    channel=channels,
    position_ms=st.integers(0, 10**9),
    encoding=st.just("S16LE"),
    rate=st.sampled_from([8000, 16000]),
    data=st.integers(640, 4000).map(lambda n: bytes(2 * n)),
    window_end_ms=st.none() | st.integers(0, 10**9),
)
companded = st.builds(
    CallAudio,
    channel=channels,
    position_ms=st.integers(0, 10**9),
    encoding=st.sampled_from(["PCMA", "PCMU"]),
    rate=st.just(8000),
    data=st.integers(160, 80_000).map(bytes),
)

AUDIO = to_message("c", CallAudio("mixed", 0, "S16LE", 8000, bytes(3200)))
START = to_message("c", CallStarted("o", "t", "inbound", datetime.now(UTC), (Channel("mixed"),), 8000, "s"))


@given(names, started | ended | raw | companded)
def test_every_event_comes_back_as_it_was(call_id: str, event: Event) -> None:
    assert parse(*to_message(call_id, event)) == (call_id, event)


def with_header(name: str, value: bytes | None) -> tuple[tuple[str, bytes], ...]:
    rest = tuple((k, v) for k, v in AUDIO.headers if k != name)
    return rest if value is None else (*rest, (name, value))


@pytest.mark.parametrize(
    ("key", "value", "headers", "cause"),
    [
        (None, AUDIO.value, AUDIO.headers, "key is missing"),
        (b"", AUDIO.value, AUDIO.headers, "not a call id"),
        (b"\xff", AUDIO.value, AUDIO.headers, "key is not UTF-8"),
        (b"c", None, AUDIO.headers, "without a value"),
        (b"c", AUDIO.value, (), "not a CloudEvent"),
        (b"c", AUDIO.value, with_header("ce_type", b"diktor.call.paused"), "unknown event type"),
        (b"c", AUDIO.value, with_header("ce_type", None), "ce_type is missing"),
        (b"c", AUDIO.value, with_header("content-type", b"audio/mpeg"), "unknown content type"),
        (b"c", AUDIO.value, with_header("content-type", None), "content-type is missing"),
        (b"c", AUDIO.value, with_header("channel", b"left"), "unknown channel"),
        (b"c", AUDIO.value, with_header("channel", None), "channel is missing"),
        (b"c", AUDIO.value, with_header("position_ms", b"-20"), "position_ms"),
        (b"c", AUDIO.value, with_header("position_ms", "٣".encode()), "position_ms"),
        (b"c", AUDIO.value, with_header("position_ms", b"1" * 30), "position_ms"),
        (b"c", AUDIO.value, with_header("window_end_ms", b"soon"), "window_end_ms"),
        (b"c", bytes(3201), AUDIO.headers, "half a sample"),
        (b"c", bytes(318), AUDIO.headers, "20 to 10000"),
        (b"c", bytes(160_002), AUDIO.headers, "20 to 10000"),
        (b"c", b"{", START.headers, "diktor.call.started"),
        (b"c", b'{"operator_id": 7}', START.headers, "operator_id"),
        (b"c", START.value.replace(b"inbound", b"sideways"), START.headers, "direction"),
        (b"c", START.value.replace(b"8000", b"44100"), START.headers, "rate"),
        (b"c", START.value.replace(b"Z", b""), START.headers, "started_at"),
        (b"c", b"\xff\xfe", START.headers, "diktor.call.started"),
    ],
)
def test_a_breach_of_contract_is_named(key: bytes | None, value: bytes | None, headers: tuple, cause: str) -> None:
    with pytest.raises(ContractError, match=cause):
        parse(key, value, headers)


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from([STARTED, AUDIO_TYPE, ENDED]))
def test_noise_is_a_breach_and_never_another_error(key: bytes, value: bytes, kind: str) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", kind.encode()), ("content-type", b"audio/PCMA")]
    with pytest.raises(ContractError):
        parse(key, value, headers)
