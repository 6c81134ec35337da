"""Voice activity: how much of a window is speech. Silero's network through onnxruntime, without torch.

Every window starts afresh, so that its answer does not depend on what was heard before it.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.releases import RATE

CHUNK = 256
"""Samples per step of the network at 8 kHz: 32 ms."""

CONTEXT = 32
"""Samples of the step before that it wants to see again."""

SPEECH, SILENCE = 0.5, 0.35
"""Speech begins at a probability of at least the first and ends below the second (the network's own defaults)."""

LEAST_MS = 250
"""A window with less speech than this says nothing and is not scored."""


class VoiceActivity:
    """Silero's detector; one instance may be used by several threads."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(_model()), options, providers=["CPUExecutionProvider"])

    def probabilities(self, pcm: NDArray[np.int16]) -> NDArray[np.float32]:
        """The probability of speech in each 32 ms of `pcm` ((samples,) int16, mono, 8 kHz), the last one padded."""
        steps = -(-len(pcm) // CHUNK)
        x = np.zeros(CONTEXT + steps * CHUNK, np.float32)
        x[CONTEXT : CONTEXT + len(pcm)] = pcm.astype(np.float32) / 32768.0
        state, rate = np.zeros((2, 1, 128), np.float32), np.array(RATE, np.int64)
        result = np.empty(steps, np.float32)
        for step in range(steps):
            piece = x[None, step * CHUNK : (step + 1) * CHUNK + CONTEXT]
            output, state = self._session.run(None, {"input": piece, "state": state, "sr": rate})
            result[step] = output[0, 0]
        return result

    def speech_ms(self, pcm: NDArray[np.int16]) -> int:
        """Milliseconds of speech in `pcm`; digital silence costs nothing."""
        if not pcm.any():
            return 0
        speaking, steps = False, 0
        for probability in self.probabilities(pcm):
            speaking = probability >= (SILENCE if speaking else SPEECH)
            steps += speaking
        return min(steps * CHUNK * 1000 // RATE, len(pcm) * 1000 // RATE)


def _model() -> Path:
    """The network's file, found without importing its package (which would import torch)."""
    spec = find_spec("silero_vad")
    for folder in (spec and spec.submodule_search_locations) or ():
        return Path(folder) / "data" / "silero_vad.onnx"
    raise DiktorError("the package silero-vad is missing", "Install the application's environment: make setup")
