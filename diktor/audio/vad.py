"""Voice activity: how much of a window is speech. Silero's network through onnxruntime, without torch.

Every window starts afresh, so that its answer does not depend on what was heard before it.
"""

from collections.abc import Sequence
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
        self._session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])

    def probabilities(self, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """The probability of speech in each 32 ms, the last ones padded: (windows, steps).

        `windows` is (windows, samples) int16, mono, 8 kHz. Windows side by side cost a third of one after another, and
        each has the same answer, to the bit, as alone.
        """
        count, length = windows.shape
        steps = -(-length // CHUNK)
        x = np.zeros((count, CONTEXT + steps * CHUNK), np.float32)
        x[:, CONTEXT : CONTEXT + length] = windows.astype(np.float32) / 32768.0
        state, rate = np.zeros((2, count, 128), np.float32), np.array(RATE, np.int64)
        result = np.empty((count, steps), np.float32)
        for step in range(steps):
            piece = np.ascontiguousarray(x[:, step * CHUNK : (step + 1) * CHUNK + CONTEXT])
            output, state = self._session.run(None, {"input": piece, "state": state, "sr": rate})
            result[:, step] = output[:, 0]
        return result

    def speech_ms(self, pcm: NDArray[np.int16]) -> int:
        """Milliseconds of speech in `pcm`, (samples,) int16."""
        return self.speech_ms_of([pcm])[0]

    def speech_ms_of(self, windows: Sequence[NDArray[np.int16]]) -> list[int]:
        """Milliseconds of speech in each of some windows of one length; digital silence costs nothing."""
        heard = [place for place, pcm in enumerate(windows) if pcm.any()]
        found = [0] * len(windows)
        if heard:
            for place, row in zip(heard, self.probabilities(np.stack([windows[k] for k in heard])), strict=True):
                found[place] = min(_speaking(row) * CHUNK * 1000 // RATE, len(windows[place]) * 1000 // RATE)
        return found


def model_path() -> Path:
    """The network's file, found without importing its package (which would import torch).

    Raises:
        DiktorError: the package is missing.
    """
    spec = find_spec("silero_vad")
    for folder in (spec and spec.submodule_search_locations) or ():
        return Path(folder) / "data" / "silero_vad.onnx"
    raise DiktorError("the package silero-vad is missing", "Install the application's environment: make setup")


def _speaking(probabilities: NDArray[np.float32]) -> int:
    """Steps that are speech: from where it begins until it ends."""
    speaking, steps = False, 0
    for probability in probabilities:
        speaking = bool(probability >= (SILENCE if speaking else SPEECH))
        steps += speaking
    return steps
