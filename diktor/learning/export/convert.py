"""A member as ONNX: fp32 first, checked against torch; then with int8 products and fp16-stored convolutions.

Only the transformer's products become int8: the projection to 512 undoes large constants and the heads are small, and
both lose too much. So does the last layer's second feed-forward product, whose input holds Whisper's few huge values: a
scale that spans them leaves the others a handful of steps (half of the whole error, measured), and what is lost there
differs from processor to processor.
"""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from diktor.defects import Taxonomy
from diktor.errors import ReleaseError
from diktor.learning.backbone import WHISPER_BASE, Backbone
from diktor.learning.ensemble import session
from diktor.learning.model import DefectNet
from diktor.learning.windows import LENGTH
from diktor.scoring.combine import Scores, combine
from diktor.scoring.parameters import neutral

OUTPUTS = ("MARKERS", "WITH", "WITHOUT")
PARITY = 1e-3
"""Largest difference between torch and fp32 ONNX: of a window's probabilities and of the rates of its frames.

The front-end's large constants leave rounding of 1e-5 in fp32, and the trained logits multiply it some hundred times:
single frames' evidence may differ by `FRAME_PARITY`, by `PARITY` on average.
"""

FRAME_PARITY = 1e-2

LARGE = 20_000
"""Other weights with more elements are stored as fp16."""

FP16_LARGEST = 6e4


def to_onnx(net: DefectNet, path: Path) -> None:
    """Write the member as fp32 ONNX: `WINDOW` (B, 40000) → `MARKERS`, `WITH`, `WITHOUT`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    batch = torch.export.Dim("batch", min=1, max=64)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it regrets every optional library
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter deprecates parts of itself
        torch.onnx.export(
            net.eval(),
            (torch.randn(2, LENGTH),),
            str(path),
            input_names=["WINDOW"],
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: batch},),
            dynamo=True,
            external_data=False,
            opset_version=18,
            verbose=False,
        )


@torch.no_grad()
def check_parity(net: DefectNet, path: Path, windows: np.ndarray) -> dict[str, float]:
    """The largest differences between torch and the ONNX file on (B, 40000) normalised windows, as they are served.

    Raises:
        ReleaseError: they are too large, or one of the two answers with numbers in other than what the member hears.
    """
    said = [values.numpy() for values in net.eval()(torch.from_numpy(windows))]
    again = session(path).run(OUTPUTS, {"WINDOW": windows})
    for one, silent in zip((*said, *again), 2 * net.silent, strict=True):
        if not np.array_equal(np.isnan(one), np.broadcast_to(silent.numpy(), one.shape)):
            raise ReleaseError(f"{path.name} does not answer with numbers in just what it hears", "Look at its weights")
    expected, found = _served(said, net.taxonomy), _served(again, net.taxonomy)
    apart = {name: np.abs(expected[name] - found[name]) for name in expected}
    worst = {name: round(float(values.max()), 6) for name, values in apart.items()}
    alike = max(worst["probability"], worst["markers"], float(apart["frames"].mean())) <= PARITY
    if not (alike and worst["frames"] <= FRAME_PARITY):
        raise ReleaseError(f"{path.name} differs from torch: {worst}", "Do not ship it: look at the export")
    return worst


def _served(outputs: Sequence[np.ndarray], taxonomy: Taxonomy) -> dict[str, np.ndarray]:
    """What a release made of this member alone would answer, uncalibrated; what it has no say in it does not hear."""
    plain, windows = neutral(taxonomy), zip(*map(np.nan_to_num, outputs), strict=True)
    scores = [combine(rates[None], near[None], far[None], plain) for rates, near, far in windows]
    return {name: np.stack([getattr(item, name) for item in scores]) for name in Scores._fields}


def to_int8(source: Path, target: Path, backbone: Backbone = WHISPER_BASE) -> None:
    """The shipped form of an fp32 member on this backbone."""
    prepared, quantised = (target.with_name(f".{target.stem}-{part}.onnx") for part in ("prepared", "int8"))
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared),
        str(quantised),
        nodes_to_exclude=_excluded(onnx.load(str(prepared)), backbone.width, backbone.inner),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        reduce_range=True,  # seven bits: sums of two products overflow 16 bits on processors without VNNI otherwise
        extra_options={"MatMulConstBOnly": True},
    )
    model = onnx.load(str(quantised))
    _store_as_fp16(model.graph)
    _forget_origin(model)
    onnx.save(model, str(target))
    prepared.unlink()
    quantised.unlink()


def _excluded(model: onnx.ModelProto, width: int, inner: int) -> list[str]:
    """Products that stay as they are: all but the transformer's, and the last one that leads back to its width."""
    wanted = {(width, width), (width, inner), (inner, width)}
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    products = [(node.name, _weight(node, shapes)) for node in model.graph.node if node.op_type == "MatMul"]
    narrowing = [name for name, shape in products if shape == (inner, width)]
    return [name for name, shape in products if shape not in wanted] + narrowing[-1:]


def _weight(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of a product's constant side, if it has one."""
    return next((shapes[name] for name in node.input if name in shapes), None)


def _store_as_fp16(graph: onnx.GraphProto) -> None:
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) <= LARGE:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > FP16_LARGEST:
            continue
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}_fp16"))
        graph.node.insert(0, helper.make_node("Cast", [f"{tensor.name}_fp16"], [tensor.name], to=TensorProto.FLOAT))


def _forget_origin(model: onnx.ModelProto) -> None:
    """Leave out what the exporter notes about the machine: stack traces and paths."""
    del model.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        value.doc_string = ""
        del value.metadata_props[:]
    model.graph.doc_string = ""
