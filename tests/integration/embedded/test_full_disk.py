"""The stack's own files on a disk that is full for a while: nobody hangs, nothing of the stack's papers is lost."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded.home import DOCUMENT
from deploy.embedded.stack import Stack
from diktor.errors import StackError
from diktor.settings import STACK_FILE
from tests.support.disks import small_disk
from tests.support.processes import wait_until
from tests.support.stack import state_of

TALKS = """
n=0
while :; do n=$((n+1)); echo "line $n"; head -c 1000 /dev/zero | tr '\\0' x; echo $n > {}; sleep 0.02; done
"""
"""A part that writes more than a pipe holds within seconds."""


def test_a_part_whose_log_is_on_a_full_disk_goes_on_and_is_logged_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "log", 16) as log:
        stack, now = Stack(tmp_path, only=("watchdog",)), tmp_path / "now"
        (tmp_path / "talks.sh").write_text(TALKS.format(now))
        stack.parts = (replace(stack.parts[0], command=("sh", str(tmp_path / "talks.sh"))),)
        stack.up()
        try:
            pid = state_of(stack, "watchdog").pid
            log.fill_for(4)
            reached = int(now.read_text() or 0)
            wait_until("the part goes on", lambda: int(now.read_text() or 0) > reached + 100, 30)
            text = stack.home.log("watchdog").read_text()
            assert f"line {reached + 50}\n" in text, text[-300:]
            assert state_of(stack, "watchdog").pid == pid
        finally:
            stack.down()


def test_a_full_disk_leaves_the_stacks_documents_as_they_were(tmp_path: Path) -> None:
    home = tmp_path / "disk"
    with small_disk(home, 700) as disk:
        before = Stack(home, only=("broker",))
        texts = {name: (home / name).read_bytes() for name in (DOCUMENT, STACK_FILE)}
        full = threading.Thread(target=disk.fill_for, args=(3,))
        full.start()
        time.sleep(1.5)
        with pytest.raises(StackError, match="No space left"):
            Stack(home, outside={"kafka": "elsewhere:9092"})
        assert Stack.existing(home).home == before.home, "it can be asked how it is, and ended"
        full.join()
        assert {name: (home / name).read_bytes() for name in texts} == texts
        assert not list(home.glob("*.new"))
