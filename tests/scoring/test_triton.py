"""The client of Triton before answers that are not what they should be. No tritonserver is needed to spoil answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from tritonclient.grpc import service_pb2

from diktor.defects import DEFECTS, LETTERS
from diktor.errors import ScoringError, UnavailableError
from diktor.releases import FRAME_MS, load_release
from diktor.scoring.triton import Triton
from tests.support.faulty_triton import HANGS, INFER, REFUSED, SPOILT, FaultyTriton, faulty_triton
from tests.support.processes import ROOT, free_port

RELEASE = load_release(ROOT / "triton_models", 1)
FRAMES = RELEASE.length_ms // FRAME_MS
PCM = np.zeros(40_000, np.int16)


class WellFormed(grpc.GenericRpcHandler):
    """Answers every window with the same scores."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return grpc.unary_unary_rpc_method_handler(lambda *_: ANSWER) if details.method == INFER else None


def _answer() -> bytes:
    answer = service_pb2.ModelInferResponse(model_name=RELEASE.ensemble)
    shapes = {"PROBABILITY": (3,), "FRAMES": (FRAMES, len(DEFECTS)), "MARKERS": (FRAMES, len(LETTERS))}
    for name, shape in shapes.items():
        answer.outputs.add(name=name, datatype="FP32", shape=[1, *shape])
        answer.raw_output_contents.append(np.full(shape, 0.25, np.float32).tobytes())
    return answer.SerializeToString()


ANSWER = _answer()


@pytest.fixture(scope="module")
def door() -> Iterator[FaultyTriton]:
    server, address = grpc.server(ThreadPoolExecutor(2)), f"127.0.0.1:{free_port()}"
    server.add_generic_rpc_handlers((WellFormed(),))
    server.add_insecure_port(address)
    server.start()
    with faulty_triton(address) as door:
        yield door
    server.stop(None).wait()


async def test_an_answer_is_read(door: FaultyTriton) -> None:
    door.faults = ()
    async with Triton(door.address, 10) as client:
        scores = await client.score(RELEASE, PCM)
    assert [values.shape for values in scores] == [(3,), (FRAMES, 3), (FRAMES, 2)]
    assert {float(values.max()) for values in scores} == {0.25}


@pytest.mark.parametrize("fault", SPOILT)
async def test_an_answer_that_cannot_be_used_is_a_scoring_error_and_nothing_else(
    fault: str, door: FaultyTriton
) -> None:
    door.faults = (fault,)
    async with Triton(door.address, 10) as client:
        for _ in range(20):  # what is random differs
            with pytest.raises(ScoringError):
                await client.score(RELEASE, PCM)


@pytest.mark.parametrize("fault", [REFUSED, HANGS])
async def test_no_answer_is_asked_for_again(fault: str, door: FaultyTriton) -> None:
    door.faults = (fault,)
    async with Triton(door.address, 0.5) as client:
        with pytest.raises(UnavailableError):
            await client.score(RELEASE, PCM)
