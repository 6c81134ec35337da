"""A call of three hours: every window of it is stored, and no part holds more for it than for a short one."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from diktor.audio.decode import blocks
from tests.chaos.stream import CALLS, Memory, Stream, wait_until_healthy
from tests.support.stack import embedded_stack

pytestmark = pytest.mark.accept

HOURS = 3
BOUND_MIB = {"scorer-0": 400, "ingest": 300, "clickhouse": 1500, "triton": 1500}


def test_three_hours_with_speech_at_both_ends(tmp_path: Path) -> None:
    pcm = np.concatenate(list(blocks(CALLS / "call-02.mp3")), axis=1)
    silence = np.zeros((2, HOURS * 3600 * 8000 - 2 * pcm.shape[1]), np.int16)
    path = tmp_path / "long.wav"
    soundfile.write(path, np.concatenate([pcm, silence, pcm], axis=1).T, 8000, subtype="PCM_16")
    with embedded_stack(tmp_path / "home") as stack, Memory(stack) as memory:
        stream = Stream(stack.settings, [path], 1, speed="max")
        stream.send()
        outcome = stream.outcome()
        wait_until_healthy(stack)
    assert outcome.expected == 2 * HOURS * 900
    assert outcome.whole
    assert outcome.dead == 0
    print(f"\n{HOURS} hours in {outcome.seconds:.0f} s, MiB: {memory.largest}")
    assert {name: memory.largest[name] for name, bound in BOUND_MIB.items() if memory.largest[name] > bound} == {}
