"""Generated configurations as Triton reads them, for its CPU wheel and for the backend of NVIDIA's container."""

from pathlib import Path

import onnxruntime
import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig, ModelInstanceGroup

from diktor.releases import Release, load_release
from diktor.releases.configs import Serving, configs
from diktor.releases.repository import name_in
from tests.support.processes import ROOT
from tests.support.releases import small_release

GPU = Serving("onnxruntime", 2)
TYPES = {"tensor(float)": "TYPE_FP32"}


@pytest.fixture(params=["shipped", "small"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return ROOT / "triton_models" if request.param == "shipped" else small_release(tmp_path, 3000, 2000, members=3)


def read(release: Release, serving: Serving) -> dict[str, ModelConfig]:
    """Every model's configuration, by the rules of Triton's own message; an unknown or doubled field is an error."""
    found = configs(release, name_in(1), serving)
    return {name: text_format.Parse(text, ModelConfig()) for name, text in found.items()}


def without(config: ModelConfig, *fields: str) -> ModelConfig:
    rest = ModelConfig()
    rest.CopyFrom(config)
    for field in fields:
        rest.ClearField(field)
    return rest


def test_on_a_gpu_only_what_runs_the_members_is_another(repository: Path) -> None:
    release = load_release(repository, 1)
    cpu, gpu = read(release, Serving()), read(release, GPU)
    members = {name_in(1)(member) for member in release.members}
    assert set(cpu) == set(gpu) == {*members, "frontend_1", "combine_1", "speech_defects_1"}
    for name in cpu:
        if name not in members:
            assert cpu[name] == gpu[name]
            continue
        assert without(cpu[name], "backend", "instance_group") == without(gpu[name], "backend", "instance_group")
        assert (cpu[name].backend, gpu[name].backend) == ("python", "onnxruntime")
        ((here,), (there,)) = cpu[name].instance_group, gpu[name].instance_group
        assert (here.kind, here.count) == (ModelInstanceGroup.KIND_CPU, 1)
        assert (there.kind, there.count) == (ModelInstanceGroup.KIND_GPU, 2)


@pytest.mark.parametrize("serving", [Serving(), GPU], ids=["cpu", "gpu"])
def test_a_members_tensors_are_those_of_its_network(repository: Path, serving: Serving) -> None:
    release = load_release(repository, 1)
    found = read(release, serving)
    for member in release.members:
        network = onnxruntime.InferenceSession(repository / member / "1" / "model.onnx")
        config = found[name_in(1)(member)]
        for said, wanted in ((config.input, network.get_inputs()), (config.output, network.get_outputs())):
            given = {t.name: (DataType.Name(t.data_type), list(t.dims)) for t in said}
            assert given == {t.name: (TYPES[t.type], t.shape[1:]) for t in wanted}
        assert config.max_batch_size > 0
        assert isinstance(network.get_inputs()[0].shape[0], str), "the network takes any number of windows"


@pytest.mark.parametrize("serving", [Serving(), GPU], ids=["cpu", "gpu"])
def test_windows_of_others_are_never_put_into_one_batch(repository: Path, serving: Serving) -> None:
    """The scales of int8 span a batch: a score would depend on who else was speaking."""
    for name, config in read(load_release(repository, 1), serving).items():
        assert not config.HasField("dynamic_batching"), name


@pytest.mark.parametrize("serving", [Serving(), GPU], ids=["cpu", "gpu"])
def test_the_ensembles_steps_join_what_the_models_say_they_take_and_give(repository: Path, serving: Serving) -> None:
    found = read(load_release(repository, 1), serving)
    ensemble = found["speech_defects_1"]
    flowing = {t.name: (t.data_type, tuple(t.dims)) for t in ensemble.input}
    for step in ensemble.ensemble_scheduling.step:
        assert step.model_version == 1
        model = found[step.model_name]
        takes = {t.name: (t.data_type, tuple(t.dims)) for t in model.input}
        gives = {t.name: (t.data_type, tuple(t.dims)) for t in model.output}
        assert {name: flowing[inner] for name, inner in step.input_map.items()} == takes
        assert set(step.output_map) == set(gives)
        flowing |= {inner: gives[name] for name, inner in step.output_map.items()}
    assert {t.name: flowing[t.name] for t in ensemble.output} == {
        t.name: (t.data_type, tuple(t.dims)) for t in ensemble.output
    }
