"""The embedded broker dies with everything it held: the calls that had no verdict are published again and scored."""

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

from deploy.embedded.stack import Stack
from diktor.store.client import Store
from tests.support.processes import ROOT, python, wait_until
from tests.support.stack import embedded_stack, state_of

CALLS = sorted((ROOT / "assets" / "calls").glob("call-*"))[:3]


def test_calls_without_verdict_survive_the_brokers_death(tmp_path: Path) -> None:
    with embedded_stack(tmp_path / "stack") as stack:
        answers = _submit(stack)
        call_ids = [answer["call_id"] for answer in answers]
        wait_until("some windows are stored", lambda: _stored(stack, call_ids)[0] > 4)
        assert _stored(stack, call_ids)[1] < len(call_ids), "the broker dies in mid-stream"
        before = state_of(stack, "broker").pid
        os.kill(before, signal.SIGKILL)
        wait_until("every call is scored", lambda: _stored(stack, call_ids)[1] == len(call_ids), 200)
        assert state_of(stack, "broker").pid != before
        assert _stored(stack, call_ids)[0] == sum(answer["windows"] for answer in answers)


def _submit(stack: Stack) -> list[dict]:
    done = subprocess.run(
        [python(), "-m", "diktor", "submit", *map(str, CALLS), "--json", "--speed", "6"],
        cwd=ROOT,
        env={**os.environ, "DIKTOR_HOME": str(stack.home.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _stored(stack: Stack, call_ids: list[str]) -> tuple[int, int]:
    """Visible windows and finished calls."""

    async def ask() -> tuple[int, int]:
        store = await Store.open(stack.settings)
        try:
            rows = await store.calls(call_ids)
            return (await store.counts(call_ids)).visible, sum(row.status == "scored" for row in rows.values())
        finally:
            await store.close()

    return asyncio.run(ask())
