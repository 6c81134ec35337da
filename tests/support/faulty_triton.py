"""A door in front of a real tritonserver that can spoil its answers."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any

import grpc
import numpy as np
from tritonclient.grpc import service_pb2

from tests.support.processes import free_port

INFER = "/inference.GRPCInferenceService/ModelInfer"
HANG_S = 20.0
"""How long an answer that hangs is kept back, if its caller waits: longer than that one's time-out."""


def _no_numbers(answer: Any, rng: Random) -> bytes:
    spoilt = [np.full(len(raw) // 4, np.nan, np.float32).tobytes() for raw in answer.raw_output_contents]
    answer.raw_output_contents[:] = spoilt
    return bytes(answer.SerializeToString())


def _beyond(answer: Any, rng: Random) -> bytes:
    """Numbers, but none that a score can be."""
    spoilt = [np.full(len(raw) // 4, 7e8, np.float32).tobytes() for raw in answer.raw_output_contents]
    answer.raw_output_contents[:] = spoilt
    return bytes(answer.SerializeToString())


def _other_shape(answer: Any, rng: Random) -> bytes:
    for output in answer.outputs:
        output.shape[:] = [1, *reversed(output.shape[1:]), 1]
    return bytes(answer.SerializeToString())


def _other_type(answer: Any, rng: Random) -> bytes:
    for output in answer.outputs:
        output.datatype = rng.choice(["INT32", "BYTES", "FP64", "NONSENSE"])
    return bytes(answer.SerializeToString())


def _truncated(answer: Any, rng: Random) -> bytes:
    answer.raw_output_contents[:] = [raw[: rng.randrange(len(raw))] for raw in answer.raw_output_contents]
    return bytes(answer.SerializeToString())


def _random_tensors(answer: Any, rng: Random) -> bytes:
    answer.raw_output_contents[:] = [rng.randbytes(len(raw)) for raw in answer.raw_output_contents]
    return bytes(answer.SerializeToString())


def _output_missing(answer: Any, rng: Random) -> bytes:
    del answer.outputs[rng.randrange(len(answer.outputs)) :]
    return bytes(answer.SerializeToString())


def _random_message(answer: Any, rng: Random) -> bytes:
    """No message of the protocol at all."""
    return rng.randbytes(500)


Spoil = Callable[[Any, Random], bytes]

SPOILT: dict[str, Spoil] = {
    "no numbers": _no_numbers,
    "beyond": _beyond,
    "another shape": _other_shape,
    "another type": _other_type,
    "truncated": _truncated,
    "random tensors": _random_tensors,
    "an output missing": _output_missing,
    "a random message": _random_message,
}
"""Answers that came and cannot be used."""

REFUSED, HANGS = "refused", "hangs"
"""No answer: an error status; nothing until the caller has gone."""

FAULTS = (*SPOILT, REFUSED, HANGS)


class FaultyTriton(grpc.GenericRpcHandler):  # type: ignore[misc]  # untyped
    """Passes calls on as they are; does to scores what `faults` (of `FAULTS`) say, one after another, while any do."""

    def __init__(self, server: str, address: str) -> None:
        self._channel = grpc.insecure_channel(server)
        self._turn = 0
        self._rng = Random(7)
        self.address = address
        self.faults: tuple[str, ...] = ()
        self.spoilt = 0
        """Calls so far that a fault was done to."""

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def service(self, details: Any) -> Any:  # the interface's name
        passed = self._channel.unary_unary(details.method)

        def handle(request: bytes, context: Any) -> bytes:
            faults = self.faults
            if details.method != INFER or not faults:
                return self._passed_on(passed, request, context)
            self.spoilt, self._turn = self.spoilt + 1, self._turn + 1
            fault = faults[self._turn % len(faults)]
            if fault == REFUSED:
                context.abort(grpc.StatusCode.INTERNAL, "refused by the door")
            if fault == HANGS:
                deadline = time.monotonic() + HANG_S
                while context.is_active() and time.monotonic() < deadline:
                    time.sleep(0.05)
                context.abort(grpc.StatusCode.UNAVAILABLE, "kept back by the door")
            answer = service_pb2.ModelInferResponse.FromString(self._passed_on(passed, request, context))
            return SPOILT[fault](answer, self._rng)

        return grpc.unary_unary_rpc_method_handler(handle)

    def _passed_on(self, call: Any, request: bytes, context: Any) -> bytes:
        try:
            return bytes(call(request))
        except grpc.RpcError as error:  # Triton's own refusal, as it is
            context.abort(error.code(), error.details())
            raise


@contextmanager
def faulty_triton(server: str, address: str = "") -> Iterator[FaultyTriton]:
    """The door, open at `address` or a free one; `server` is the real one's gRPC address."""
    door = FaultyTriton(server, address or f"127.0.0.1:{free_port()}")
    listener = grpc.server(ThreadPoolExecutor(32))
    listener.add_generic_rpc_handlers((door,))
    listener.add_insecure_port(door.address)
    listener.start()
    try:
        yield door
    finally:
        listener.stop(None).wait()
        door.close()
