"""A member of the ensemble: a network in ONNX Runtime on one thread, a window at a time."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils

OUTPUTS = ("MARKERS", "WITH", "WITHOUT")


class TritonPythonModel:
    """`WINDOW` (B, N) float32 → rates of marker letters and two sets of logits, per frame."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the network beside this file."""
        assert int(np.__version__.split(".")[0]) < 2, f"numpy {np.__version__}: the python backend needs numpy < 2"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = str(Path(__file__).with_name("model.onnx"))
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def execute(self, requests: list[Any]) -> list[Any]:
        """Every window on its own: dynamic int8 scales span a batch, and a score must not depend on its neighbours."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        windows = pb_utils.get_input_tensor_by_name(request, "WINDOW").as_numpy()
        found = [self._session.run(OUTPUTS, {"WINDOW": windows[k : k + 1]}) for k in range(len(windows))]
        tensors = [pb_utils.Tensor(name, np.concatenate([row[k] for row in found])) for k, name in enumerate(OUTPUTS)]
        return pb_utils.InferenceResponse(tensors)
