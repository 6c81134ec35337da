"""A scorer killed in mid-stream, with two running: nothing lost, nothing visible twice, the same verdicts.

A long proof: `make test` kills one of two scorers once, in tests/chaos, and holds it to the same.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from deploy.embedded.stack import Stack
from diktor.rows import CallRow
from diktor.store.client import Store
from tests.support.processes import ROOT, python
from tests.support.stack import embedded_stack, state_of

pytestmark = pytest.mark.accept

CALLS = sorted((ROOT / "assets" / "calls").glob("call-*"))[:8]


def submit(home: Path, *options: str) -> list[str]:
    done = subprocess.run(
        [python(), "-m", "diktor", "submit", *map(str, CALLS), "--json", *options],
        cwd=ROOT,
        env={**os.environ, "DIKTOR_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    return [json.loads(line)["call_id"] for line in done.stdout.splitlines()]


async def outcome(stack: Stack, call_ids: list[str], seconds: float) -> tuple[dict[str, CallRow], int, int]:
    """The finished calls, the visible windows, and windows that are visible twice."""
    store = await Store.open(stack.settings)
    try:
        async with asyncio.timeout(seconds):
            while True:
                rows = {k: row for k, row in (await store.calls(call_ids)).items() if row.status == "scored"}
                if len(rows) == len(call_ids):
                    break
                await asyncio.sleep(0.5)
        windows = [w for call_id in call_ids for w in await store.windows_of(call_id)]
        keys = {(w.call_id, w.channel, w.start_ms) for w in windows}
        return rows, len(windows), len(windows) - len(keys)
    finally:
        await store.close()


async def unfinished(stack: Stack, call_ids: list[str]) -> int:
    store = await Store.open(stack.settings)
    try:
        return len(call_ids) - sum(row.status == "scored" for row in (await store.calls(call_ids)).values())
    finally:
        await store.close()


def test_a_killed_scorer_loses_nothing_and_changes_no_verdict(tmp_path: Path) -> None:
    with embedded_stack(tmp_path / "calm", scorers=1) as stack:
        calm, expected, _ = asyncio.run(outcome(stack, submit(stack.home.path), 200))
    with embedded_stack(tmp_path / "crash", scorers=2) as stack:
        call_ids = submit(stack.home.path, "--speed", "8")
        for _ in range(2):  # each of the two, at a moment of its own, in the middle of the calls
            time.sleep(random.uniform(1, 2.5))
            victim = state_of(stack, random.choice(["scorer-0", "scorer-1"]))
            if victim.pid:
                os.kill(victim.pid, signal.SIGKILL)
        assert asyncio.run(unfinished(stack, call_ids)), "the kills came too late to prove anything"
        rows, windows, doubled = asyncio.run(outcome(stack, call_ids, 200))
    assert windows == expected
    assert doubled == 0
    assert {k: row.verdicts for k, row in rows.items()} == {k: row.verdicts for k, row in calm.items()}
