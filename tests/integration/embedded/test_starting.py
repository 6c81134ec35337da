"""A stack that cannot start says why in one message, and leaves nothing running."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded import supervisor
from deploy.embedded.home import Home
from deploy.embedded.stack import Stack
from diktor.errors import StackError
from diktor.settings import Settings
from tests.support.processes import ROOT, wait_until
from tests.support.stack import embedded_stack


def test_a_taken_port_is_one_line_that_names_it(tmp_path: Path) -> None:
    stack = Stack(tmp_path, only=("broker",))
    port = stack.home.ports["kafka"]
    with socket.create_server(("127.0.0.1", port)), pytest.raises(StackError) as caught:
        stack.up()
    assert f"port {port}" in caught.value.cause
    assert "\n" not in str(caught.value)
    assert not stack.supervisor.running()


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path, only=("clickhouse",))
    broken = ("sh", "-c", "echo the reason it fails; exit 3")
    stack.parts = (replace(stack.parts[0], command=broken),)
    with pytest.raises(StackError) as caught:
        stack.up()
    assert caught.value.cause.startswith("clickhouse does not serve")
    assert "the reason it fails" in caught.value.remedy
    assert not stack.supervisor.processes()


def test_the_end_of_a_log_is_shown_as_people_read_it(tmp_path: Path) -> None:
    line = {"timestamp": "2026-11-26T10:00:00Z", "level": "error", "part": "ingest", "logger": "x", "event": "no room"}
    (tmp_path / "ingest.log").write_text(f"{json.dumps(line)}\nKilled\n")
    assert supervisor.tail(tmp_path / "ingest.log") == "2026-11-26T10:00:00Z ERROR ingest: no room\nKilled"


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 2**20))
    stack = Stack(tmp_path, only=("broker",))
    with pytest.raises(StackError, match=r"disk .* is full: 1 MiB"):
        stack.up()
    assert not stack.supervisor.processes()
    assert Stack.existing(tmp_path).home == stack.home, "a stack can be asked and ended all the same"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="cannot be written"):
        Home.prepared(tmp_path / "file" / "home")


def test_ports_and_tokens_are_chosen_once_and_private(tmp_path: Path) -> None:
    first, second = Home.prepared(tmp_path), Home.prepared(tmp_path)
    assert first == second
    assert len(set(first.ports.values())) == len(first.ports)
    assert max(first.ports.values()) < 32768
    stack = Stack(tmp_path, only=("broker",))
    stack.supervisor.launch(stack.parts)
    stack.down()
    for name in ("stack.json", "stack.env", "supervisord.conf"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_folder_of_an_older_stack_keeps_its_ports_and_gets_those_that_are_new(tmp_path: Path) -> None:
    first = Home.prepared(tmp_path)
    document = json.loads((tmp_path / "stack.json").read_text())
    del document["ports"]["watchdog"]
    (tmp_path / "stack.json").write_text(json.dumps(document))
    second = Home.prepared(tmp_path)
    assert second.clickhouse_token == first.clickhouse_token
    assert {**second.ports, "watchdog": 0} == {**first.ports, "watchdog": 0}
    assert len(set(second.ports.values())) == len(first.ports)


def test_settings_find_the_stack_by_its_folder(tmp_path: Path) -> None:
    home = Home.prepared(tmp_path)
    home.write_settings()
    settings = Settings.load(home=tmp_path)
    assert settings.kafka == f"127.0.0.1:{home.ports['kafka']}"
    assert settings.clickhouse_token.get_secret_value() == home.clickhouse_token
    assert settings.kafka_fetch_wait_ms == 100


def test_where_there_is_no_stack_none_is_made_by_asking(tmp_path: Path) -> None:
    home = tmp_path / "nothing"
    asked, ended = _diktor(home, "status"), _diktor(home, "down")
    assert asked.returncode == 1
    assert f"there is no stack in {home}. Start one: diktor up" in asked.stderr
    assert ended.returncode == 0
    assert not home.exists()


def test_status_as_json_while_up_and_a_clear_word_when_down(tmp_path: Path) -> None:
    with embedded_stack(tmp_path, parts=("broker",)) as stack:
        running = _diktor(tmp_path, "status", "--json")
        assert running.returncode == 0, running.stderr
        (part,) = json.loads(running.stdout)
        assert (part["part"], part["state"], part["problem"]) == ("broker", "RUNNING", "")
        assert part["ports"] == {"kafka": stack.home.ports["kafka"]}

        again = _diktor(tmp_path, "up", "--detach")
        assert again.returncode == 1
        assert "running" in again.stderr

        assert _diktor(tmp_path, "down").returncode == 0
        assert not stack.supervisor.processes()
    stopped = _diktor(tmp_path, "status")
    assert stopped.returncode == 1
    assert "not running" in stopped.stderr
    assert len(stopped.stderr.splitlines()) == 1


def _diktor(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "diktor", *arguments]
    return subprocess.run(
        command, env={**os.environ, "DIKTOR_HOME": str(home)}, cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def test_a_stack_in_the_foreground_ends_with_its_terminal(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    command = [sys.executable, "-m", "diktor", "up"]
    with (tmp_path / "up.out").open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, "DIKTOR_HOME": str(tmp_path)}, cwd=ROOT, stdout=output, stderr=output
        )
    try:
        wait_until("parts were started", lambda: len(stack.supervisor.processes()) > 2)
        process.send_signal(signal.SIGHUP)
        process.wait(90)
        assert not stack.supervisor.processes()
    finally:
        process.kill()
        process.wait()
        stack.down()
