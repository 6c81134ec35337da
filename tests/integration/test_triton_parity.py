"""The shipped release through tritonserver gives what it gives in process."""

import os
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tritonclient import grpc as triton
from tritonclient.utils import InferenceServerException

from diktor.learning.ensemble import Ensemble
from diktor.releases import Release, load_release

ROOT = Path(__file__).parents[2]
REPOSITORY = ROOT / "triton_models"
PYTHON = ROOT / ".venv" / "triton" / "bin" / "python"
PORTS = {"http": 18400, "grpc": 18401, "metrics": 18402}
START_S = 60.0


@pytest.fixture(scope="module")
def release() -> Release:
    return load_release(REPOSITORY, 1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, release: Release) -> Iterator[triton.InferenceServerClient]:
    if not PYTHON.exists():
        pytest.skip("needs the triton environment: make setup")
    folder = tmp_path_factory.mktemp("triton")
    log = folder / "tritonserver.log"
    with log.open("wb") as sink:
        server = subprocess.Popen(_command(folder), env=_environment(), stdout=sink, stderr=subprocess.STDOUT)
    try:
        with triton.InferenceServerClient(f"127.0.0.1:{PORTS['grpc']}") as connection:
            _wait(connection, server, log)
            for model in release.models:
                connection.load_model(model, client_timeout=START_S)
            yield connection
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


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


def _command(folder: Path) -> list[str]:
    """The wheel's server with a backend folder of its own, so that nothing is written into the environment."""
    (site,) = PYTHON.parents[1].glob("lib/python3.*/site-packages")
    server = site / "pytriton" / "tritonserver"
    backend = folder / "backends" / "python"
    shutil.copytree(server / "backends" / "python", backend)
    shutil.copy2(server / "python_backend_stubs" / "3.11" / "triton_python_backend_stub", backend)
    options = {
        "model-repository": REPOSITORY,
        "backend-directory": backend.parent,
        "model-control-mode": "explicit",
        "allow-gpu-metrics": "false",
        "exit-on-error": "false",
        "exit-timeout-secs": 5,
    }
    for face, port in PORTS.items():
        options |= {f"{face}-address": "127.0.0.1", f"{face}-port": port}
    return [str(server / "bin" / "tritonserver"), *(f"--{name}={value}" for name, value in options.items())]


def _environment() -> dict[str, str]:
    (site,) = PYTHON.parents[1].glob("lib/python3.*/site-packages")
    libraries = (sysconfig.get_config_var("LIBDIR"), *site.glob("*pytriton.libs"))
    return {
        **os.environ,
        "PATH": f"{PYTHON.parent}:{os.environ['PATH']}",
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "PYTHONPATH": str(site),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }


def _wait(client: triton.InferenceServerClient, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        try:
            if client.is_server_live():
                return
        except InferenceServerException:
            time.sleep(0.2)
    raise AssertionError(f"tritonserver did not come up:\n{log.read_text('utf-8', 'replace')[-2000:]}")
