"""The release served by BentoML, as a user of BentoML would: `bentoml serve service:Defects`, in `.venv/bentoml`.

It knows nothing of Diktor but what travels with a release (the members' ONNX files, `combine.py`, its calibration) and
silero's network. Bodies are binary both ways. Settings that a benchmark varies come from the environment.
"""

import json
import os
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Annotated, Any

import bentoml
import numpy as np
import onnxruntime
from bentoml.validators import ContentType
from numpy.typing import NDArray

Binary = Annotated[bytes, ContentType("application/octet-stream")]
Windows = NDArray[np.int16]

RELEASE = Path(os.environ["BENTO_RELEASE"])
"""A Triton model repository that holds version 1 of `MEMBERS` and of `combine`."""

VOICE = os.environ["BENTO_VOICE_MODEL"]
MEMBERS = ("member_a", "member_b")
OUTPUTS = ("MARKERS", "WITH", "WITHOUT")
LENGTH = 40_000
CHUNK, CONTEXT, RATE = 256, 32, 8000
SPEECH, SILENCE, LEAST_MS = 0.5, 0.35, 250

sys.path.insert(0, str(RELEASE / "combine" / "1"))
import combine  # noqa: E402  # travels with the release


class Scorer:
    """The work itself: networks on one thread each, a window at a time."""

    def __init__(self) -> None:
        self._members = [_session(RELEASE / name / "1" / "model.onnx") for name in MEMBERS]
        self._voice = _session(VOICE)
        calibration = json.loads((RELEASE / "combine" / "1" / "calibration.json").read_text())
        self._parameters = combine.Parameters(**{name: tuple(found) for name, found in calibration.items()})

    def score(self, pcm: Windows) -> bytes:
        """One window of (40000,) → 3 probabilities, (250, 3) frames, (250, 2) markers, float32 one after another."""
        window = {"WINDOW": combine.normalise(pcm)[None]}
        found = [member.run(OUTPUTS, window) for member in self._members]
        parts = [np.stack([outputs[k][0] for outputs in found]) for k in range(3)]
        return b"".join(np.ascontiguousarray(part).tobytes() for part in combine.combine(*parts, self._parameters))

    def hear(self, windows: Windows) -> bytes:
        """Windows (N, 40000) → per window its milliseconds of speech as int32, and its scores when there is speech."""
        spoken = self._speech_ms(windows)
        return b"".join(
            np.int32(ms).tobytes() + (self.score(pcm) if ms >= LEAST_MS else b"")
            for pcm, ms in zip(windows, spoken, strict=True)
        )

    def _speech_ms(self, windows: Windows) -> list[int]:
        """Voice activity of all windows side by side, each from a fresh state; digital silence costs nothing."""
        spoken = np.zeros(len(windows), np.int64)
        heard = windows.any(1)
        if heard.any():
            spoken[heard] = self._steps(windows[heard]) * CHUNK * 1000 // RATE
        return [min(ms, windows.shape[1] * 1000 // RATE) for ms in spoken.tolist()]

    def _steps(self, windows: Windows) -> NDArray[np.int64]:
        """How many steps of each window (N, samples) are speech."""
        count, length = windows.shape
        steps = -(-length // CHUNK)
        x = np.zeros((count, CONTEXT + steps * CHUNK), np.float32)
        x[:, CONTEXT : CONTEXT + length] = windows.astype(np.float32) / 32768.0
        state, rate = np.zeros((2, count, 128), np.float32), np.array(RATE, np.int64)
        speaking, spoken = np.zeros(count, bool), np.zeros(count, np.int64)
        for step in range(steps):
            piece = np.ascontiguousarray(x[:, step * CHUNK : (step + 1) * CHUNK + CONTEXT])
            output, state = self._voice.run(None, {"input": piece, "state": state, "sr": rate})
            speaking = output[:, 0] >= np.where(speaking, SILENCE, SPEECH)
            spoken += speaking
        return spoken


def _session(path: str | Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _windows(body: bytes) -> Windows:
    return np.frombuffer(body, np.int16).reshape(-1, LENGTH)


@bentoml.service(
    workers=int(os.environ.get("BENTO_WORKERS", "1")),
    threads=int(os.environ.get("BENTO_THREADS", "1")),
    traffic={"timeout": 300},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class Defects:
    """Endpoints that differ in how BentoML runs them."""

    def __init__(self) -> None:
        self._scorer = Scorer()

    @bentoml.api
    def score(self, body: bytes, /) -> Binary:
        """A window's scores, worked out on a thread."""
        return self._scorer.score(_windows(body)[0])

    @bentoml.api
    async def score_inline(self, body: bytes, /) -> Binary:
        """The same on the event loop."""
        return self._scorer.score(_windows(body)[0])

    @bentoml.api(batchable=True, max_batch_size=8, max_latency_ms=60_000)
    def score_batched(self, bodies: list[str]) -> list[str]:
        """The same for requests that BentoML gathered: lists as JSON, hence base64.

        Each window still runs alone: dynamic int8 scales span a batch, and a score must not depend on its neighbours.
        """
        return [b64encode(self._scorer.score(_windows(b64decode(body))[0])).decode() for body in bodies]

    @bentoml.api
    def hear(self, body: bytes, /) -> Binary:
        """Voice activity and scores of any number of windows."""
        return self._scorer.hear(_windows(body))
