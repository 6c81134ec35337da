import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import onnx
import pytest
from PIL import Image

from diktor.errors import ReleaseError
from diktor.learning.ensemble import session
from diktor.learning.export import convert
from diktor.learning.export.convert import check_parity, to_int8, to_onnx
from diktor.learning.export.pictures import confusions
from diktor.learning.model import DefectNet, MemberSpec
from diktor.learning.stages import calibration_windows
from diktor.learning.transplant import build
from diktor.learning.whisper_weights import Weights
from diktor.releases import configs, load_release
from diktor.releases.repository import name_in
from diktor.scoring.combine import normalise

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "diktor" / "learning" / "export" / "templates"


@pytest.fixture(scope="module")
def windows(corpus: Path) -> np.ndarray:
    return calibration_windows(corpus, 2)[:3]


@pytest.fixture(scope="module")
def net(whisper: Weights, windows: np.ndarray) -> DefectNet:
    return build(MemberSpec("small", layers=1, tuned=0), whisper, windows)


@pytest.fixture(scope="module")
def exact(net: DefectNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "float.onnx"
    to_onnx(net, path)
    return path


def test_fp32_onnx_is_torch(net: DefectNet, exact: Path, windows: np.ndarray) -> None:
    assert max(check_parity(net, exact, windows).values()) < 1e-3


def test_a_member_without_a_say_is_exported_with_it(whisper: Weights, windows: np.ndarray, tmp_path: Path) -> None:
    spec = MemberSpec("events", layers=1, tuned=0, hidden=8, far=3, dilations=(1, 2), hears=("stuttering",))
    net = build(spec, whisper, windows)
    to_onnx(net, tmp_path / "float.onnx")
    assert max(check_parity(net, tmp_path / "float.onnx", windows).values()) < 1e-3
    to_int8(tmp_path / "float.onnx", tmp_path / "model.onnx")
    markers, _, without = session(tmp_path / "model.onnx").run(convert.OUTPUTS, {"WINDOW": windows})
    assert np.isnan(markers).all()
    assert np.isnan(without[..., :2]).all()
    assert np.isfinite(without[..., 2]).all()
    everything = build(msgspec.structs.replace(spec, hears=()), whisper, windows)
    with pytest.raises(ReleaseError, match="in just what it hears"):
        check_parity(everything, tmp_path / "float.onnx", windows)


def test_int8_is_smaller_and_close(exact: Path, windows: np.ndarray, tmp_path: Path) -> None:
    small = tmp_path / "model.onnx"
    to_int8(exact, small)
    assert small.stat().st_size < 0.5 * exact.stat().st_size
    names = convert.OUTPUTS
    for found, expected in zip(
        session(small).run(names, {"WINDOW": windows}), session(exact).run(names, {"WINDOW": windows}), strict=True
    ):
        assert np.isfinite(found).all()
        assert np.abs(found - expected).mean() < 0.2 * expected.std()
    assert str(ROOT).encode() not in small.read_bytes()


def test_int8_products_overflow_on_no_processor(exact: Path, tmp_path: Path) -> None:
    """Without VNNI two products are added up in 16 bits: 2 · 255 · 64 fits, 2 · 255 · 127 does not."""
    small = tmp_path / "model.onnx"
    to_int8(exact, small)
    for path in (small, *(ROOT / "triton_models").glob("member_*/*/model.onnx")):
        weights = [
            onnx.numpy_helper.to_array(tensor)
            for tensor in onnx.load(path).graph.initializer
            if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2
        ]
        assert weights, path
        assert max(int(np.abs(w.astype(np.int16)).max()) for w in weights) <= 64, path


def test_configurations_pin_the_release_everywhere() -> None:
    release = load_release(ROOT / "triton_models", 1)
    for model, text in configs.configs(release).items():
        assert (ROOT / "triton_models" / model / "config.pbtxt").read_text("utf-8") == text
    assert configs.ensemble(release).count("model_version: 1\n") == len(release.models) - 1


def test_a_deployed_release_has_models_of_its_own_and_runs_on_a_gpu_where_told() -> None:
    release = load_release(ROOT / "triton_models", 1)
    found = configs.configs(release, name_in(1), configs.Serving("onnxruntime", 2))
    assert set(found) == {"frontend_1", "member_a_1", "member_b_1", "combine_1", "speech_defects_1"}
    for member in ("member_a_1", "member_b_1"):
        assert 'backend: "onnxruntime"' in found[member]
        assert "instance_group [ { kind: KIND_GPU count: 2 } ]" in found[member]
    assert 'backend: "python"' in found["combine_1"]
    for model in set(found) - {"speech_defects_1"}:
        assert f'name: "{model}"' in found[model]
        assert f'model_name: "{model}"' in found["speech_defects_1"]


def test_confusions_are_drawn_for_every_split_that_was_judged(tmp_path: Path) -> None:
    release = load_release(ROOT / "triton_models", 1)
    confusions(release.metrics, release.taxonomy, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["confusion-dev.png", "confusion-test.png"]
    for path in tmp_path.iterdir():
        with Image.open(path) as drawn, Image.open(ROOT / "triton_models" / release.ensemble / path.name) as shipped:
            assert drawn.format == "PNG"
            assert drawn.size == shipped.size, "what is shipped is what an export draws"
    confusions({}, release.taxonomy, tmp_path / "nowhere")


def test_triton_normalises_as_the_release_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "triton_python_backend_utils", ModuleType("triton_python_backend_utils"))
    spec = spec_from_file_location("frontend_template", TEMPLATES / "frontend.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    rng = np.random.default_rng(0)
    for pcm in (rng.integers(-32768, 32767, 40_000).astype(np.int16), np.zeros(40_000, np.int16)):
        np.testing.assert_array_equal(module.normalise(pcm), normalise(pcm))
