"""The dashboard on the whole real stack: an upload by hand, verdicts, a review by keyboard, a call that is going on."""

from pathlib import Path

import soundfile

from deploy.embedded.stack import Stack
from tests.support.browsed import upload_to_label_and_live
from tests.support.whole import CALLS, samples


def test_from_an_upload_to_a_label_and_a_live_call(stack: Stack, tmp_path: Path) -> None:
    pcm, rate = soundfile.read(CALLS / "call-03.wav", dtype="int16")
    soundfile.write(tmp_path / "live.wav", pcm[: 25 * rate], rate, subtype="PCM_16")
    upload_to_label_and_live(stack, samples(tmp_path, 6), tmp_path / "live.wav", tmp_path, 150)
