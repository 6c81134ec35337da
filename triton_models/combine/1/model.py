"""From the members' outputs to the release's answer, by the arithmetic in `combine.py` beside this file."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

PARTS = ("MARKERS", "WITH", "WITHOUT")


class TritonPythonModel:
    """`<MEMBER>_MARKERS`, `<MEMBER>_WITH`, `<MEMBER>_WITHOUT` of every member → `PROBABILITY`, `FRAMES`, `MARKERS`."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the arithmetic and the calibration beside this file; the members are those of the configuration."""
        assert int(np.__version__.split(".")[0]) < 2, f"numpy {np.__version__}: the python backend needs numpy < 2"
        spec = spec_from_file_location("release_combine", Path(__file__).with_name("combine.py"))
        assert spec is not None
        assert spec.loader is not None, "combine.py is missing beside this file"
        self._arithmetic: Any = module_from_spec(spec)
        spec.loader.exec_module(self._arithmetic)
        calibration = json.loads(Path(__file__).with_name("calibration.json").read_text("utf-8"))
        self._parameters = self._arithmetic.Parameters(**{name: tuple(found) for name, found in calibration.items()})
        names = [item["name"] for item in json.loads(args["model_config"])["input"]]
        self._members = [name.removesuffix("_MARKERS") for name in names if name.endswith("_MARKERS")]

    def execute(self, requests: list[Any]) -> list[Any]:
        """Every window on its own."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        parts = [
            np.stack([pb_utils.get_input_tensor_by_name(request, f"{m}_{part}").as_numpy() for m in self._members], 1)
            for part in PARTS
        ]
        rows = [self._arithmetic.combine(*row, self._parameters) for row in zip(*parts, strict=True)]
        names = ("PROBABILITY", "FRAMES", "MARKERS")
        tensors = [
            pb_utils.Tensor(name, np.stack([np.asarray(row[k], np.float32) for row in rows]))
            for k, name in enumerate(names)
        ]
        return pb_utils.InferenceResponse(tensors)
