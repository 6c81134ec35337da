"""A door in front of a real tritonserver that can spoil its answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np
from tritonclient.grpc import service_pb2_grpc

from tests.support.processes import free_port


class FaultyTriton(service_pb2_grpc.GRPCInferenceServiceServicer):  # type: ignore[misc]  # untyped
    """Passes requests on; while `broken`, every number that comes back is none."""

    def __init__(self, server: str, address: str) -> None:
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(server))
        self.address = address
        self.broken = False

    def ModelInfer(self, request: Any, context: Any) -> Any:  # the protocol's name
        answer = self._stub.ModelInfer(request)
        if self.broken:
            spoilt = [np.full(len(raw) // 4, np.nan, np.float32).tobytes() for raw in answer.raw_output_contents]
            answer.raw_output_contents[:] = spoilt
        return answer


@contextmanager
def faulty_triton(server: str) -> Iterator[FaultyTriton]:
    """The door, open; `server` is the real one's gRPC address."""
    door = FaultyTriton(server, f"127.0.0.1:{free_port()}")
    listener = grpc.server(ThreadPoolExecutor(8))
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(door, listener)
    listener.add_insecure_port(door.address)
    listener.start()
    try:
        yield door
    finally:
        listener.stop(None).wait()
