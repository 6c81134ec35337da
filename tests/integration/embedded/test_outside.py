"""A stack some of whose parts are outside: it starts the others, and sends everybody to where the address says."""

from pathlib import Path

import pytest

from deploy.embedded.stack import Stack
from diktor.errors import StackError
from diktor.settings import Settings

OUTSIDE = {"kafka": "127.0.0.1:9", "topic_audio": "mine.audio", "clickhouse": "http://127.0.0.1:9/mine"}


def test_a_part_whose_address_is_given_is_not_started_and_everybody_is_sent_there(tmp_path: Path) -> None:
    stack = Stack(tmp_path, scorers=2, outside=OUTSIDE)
    assert [part.name for part in stack.parts] == ["triton", "scorer-0", "scorer-1", "ingest", "api", "watchdog"]
    for part in stack.parts[1:]:
        assert (part.env["DIKTOR_KAFKA"], part.env["DIKTOR_TOPIC_AUDIO"]) == ("127.0.0.1:9", "mine.audio")
    for settings in (stack.settings, Settings.load(home=tmp_path)):
        assert (settings.kafka, settings.topic_audio, settings.clickhouse) == tuple(OUTSIDE.values())


def test_what_is_outside_stays_so_until_it_is_said_otherwise(tmp_path: Path) -> None:
    Stack(tmp_path, outside=OUTSIDE)
    assert Stack.existing(tmp_path).settings.kafka == "127.0.0.1:9"
    own = Stack(tmp_path, outside={})
    assert own.settings.kafka == f"127.0.0.1:{own.home.ports['kafka']}"
    assert "broker" in {part.name for part in own.parts}


def test_a_part_outside_that_does_not_serve_is_said_before_anything_starts(tmp_path: Path) -> None:
    stack = Stack(tmp_path, only=("ingest",), outside={"clickhouse": "http://127.0.0.1:9/mine"})
    with pytest.raises(StackError, match=r"clickhouse outside, at http://127\.0\.0\.1:9/mine, does not serve"):
        stack.up()
    assert not stack.supervisor.processes()
