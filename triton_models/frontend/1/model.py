"""From a window's PCM to what the members take: float32 of zero mean and unit variance."""

from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """`PCM` (B, N) int16 → `WINDOW` (B, N) float32."""

    def initialize(self, args: dict[str, str]) -> None:
        """With numpy 2 this backend hands over wrong numbers without a word."""
        assert int(np.__version__.split(".")[0]) < 2, f"numpy {np.__version__}: the python backend needs numpy < 2"

    def execute(self, requests: list[Any]) -> list[Any]:
        """Every request on its own: a window's scores never depend on its neighbours."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        pcm = pb_utils.get_input_tensor_by_name(request, "PCM").as_numpy()
        window = np.stack([normalise(row) for row in pcm])
        return pb_utils.InferenceResponse([pb_utils.Tensor("WINDOW", window)])


def normalise(pcm: np.ndarray) -> np.ndarray:
    """The same arithmetic, to the bit, as `normalise` of the release's `combine.py`: see there."""
    samples = pcm.astype(np.int64)
    count = samples.shape[-1]
    total = samples.sum(-1, keepdims=True)
    variance = (count * (samples * samples).sum(-1, keepdims=True) - total * total) / count**2
    return np.asarray((samples - total / count) / (np.sqrt(variance) + 1e-5 * 32768.0), np.float32)
