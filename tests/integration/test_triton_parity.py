"""The shipped release through tritonserver gives what it gives in process."""

from collections.abc import Iterator

import numpy as np
import pytest
from tritonclient import grpc as triton

from diktor.learning.ensemble import Ensemble
from diktor.releases import Release, load_release
from tests.support.processes import ROOT
from tests.support.triton import start_triton

REPOSITORY = ROOT / "triton_models"


@pytest.fixture(scope="module")
def release() -> Release:
    return load_release(REPOSITORY, 1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[triton.InferenceServerClient]:
    home = tmp_path_factory.mktemp("triton")
    with start_triton(home) as stack, triton.InferenceServerClient(stack.settings.triton) as connection:
        yield connection


def test_golden_windows_come_back_through_triton(client: triton.InferenceServerClient, release: Release) -> None:
    golden = np.load(REPOSITORY / release.ensemble / "golden.npz")
    ensemble = Ensemble.of_release(REPOSITORY, release)
    for pcm in golden["pcm"]:
        expected, found = ensemble.score(pcm), _infer(client, release, pcm[None])
        for name, value in expected._asdict().items():
            np.testing.assert_allclose(found[name.upper()][0], value, atol=1e-5)


def test_a_windows_score_does_not_depend_on_its_neighbours(
    client: triton.InferenceServerClient, release: Release
) -> None:
    golden = np.load(REPOSITORY / release.ensemble / "golden.npz")
    together = _infer(client, release, golden["pcm"][:3])
    for place in range(3):
        alone = _infer(client, release, golden["pcm"][place : place + 1])
        for name, values in alone.items():
            np.testing.assert_array_equal(values[0], together[name][place])


def _infer(client: triton.InferenceServerClient, release: Release, pcm: np.ndarray) -> dict[str, np.ndarray]:
    tensor = triton.InferInput("PCM", list(pcm.shape), "INT16")
    tensor.set_data_from_numpy(pcm)
    answer = client.infer(release.ensemble, [tensor])
    return {name: answer.as_numpy(name) for name in ("PROBABILITY", "FRAMES", "MARKERS")}
