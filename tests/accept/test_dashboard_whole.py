"""Fifty recordings by hand, three of them broken, on the whole real stack: as in tests/e2e, longer."""

from pathlib import Path

import pytest
import soundfile

from tests.support.browsed import BROKEN, upload_to_label_and_live
from tests.support.stack import embedded_stack
from tests.support.whole import CALLS, samples

pytestmark = pytest.mark.accept


def test_fifty_recordings_by_hand(tmp_path: Path) -> None:
    pcm, rate = soundfile.read(CALLS / "call-03.wav", dtype="int16")
    soundfile.write(tmp_path / "live.wav", pcm[: 40 * rate], rate, subtype="PCM_16")
    with embedded_stack(tmp_path / "stack") as stack:
        recordings = samples(tmp_path, 50 - len(BROKEN))
        upload_to_label_and_live(stack, recordings, tmp_path / "live.wav", tmp_path, 600)
