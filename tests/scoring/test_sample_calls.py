"""The release on the sample calls, whose labels say when every letter was said: nothing is counted where little is."""

import json
from pathlib import Path

import numpy as np
import pytest

from diktor.audio.decode import blocks
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.learning.in_service import cut
from diktor.releases import load_release
from tests.support.processes import ROOT

CALLS, REPOSITORY = ROOT / "assets" / "calls", ROOT / "triton_models"
FILES = sorted(path.name for path in CALLS.glob("call-*"))[:12]
LITTLE_MS = 1000


def said(marks: list[dict[str, object]], start_ms: int, end_ms: int) -> int:
    """Marker letters whose middle lies in a window."""
    return sum(start_ms <= 500 * (float(m["start"]) + float(m["end"])) < end_ms for m in marks)  # type: ignore[arg-type]


def counts(path: Path, channels: dict[int, list[dict[str, object]]]) -> list[tuple[int, int, float]]:
    """Milliseconds of speech, letters said and letters counted of every window that is scored."""
    release, activity = load_release(REPOSITORY, 1), VoiceActivity()
    ensemble, found = Ensemble.of_release(REPOSITORY, release), []
    for channel, pcm in enumerate(np.concatenate(list(blocks(path)), axis=1)):
        for window in release.grid.windows(len(pcm) * 1000 // release.rate):
            samples = cut(pcm, window.start_ms, release.length_ms)
            speech_ms = activity.speech_ms(samples)
            if speech_ms >= LEAST_MS:
                counted = float(ensemble.score(samples).markers.sum())
                found.append((speech_ms, said(channels[channel], window.start_ms, window.end_ms), counted))
    return found


def test_letters_are_counted_where_they_are_said_however_much_quiet_is_around() -> None:
    lines = [json.loads(line) for line in (CALLS / "labels.jsonl").read_text("utf-8").splitlines()]
    labels: dict[str, dict[int, list[dict[str, object]]]] = {}
    for line in lines:
        labels.setdefault(line["file"], {})[line["channel"]] = line["marks"]
    rows = np.array([row for name in FILES for row in counts(CALLS / name, labels[name])])
    little = rows[:, 0] < LITTLE_MS
    assert little.sum() >= 20  # fewer say more of themselves than of the release
    assert rows[little, 2].mean() == pytest.approx(rows[little, 1].mean(), abs=0.75)
    assert rows[~little, 2].mean() == pytest.approx(rows[~little, 1].mean(), rel=0.35)
