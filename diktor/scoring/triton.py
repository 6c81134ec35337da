"""The client of the `speech_defects_N` ensemble on Triton."""

import math
from types import TracebackType
from typing import Any, Self

import grpc
import numpy as np
import tritonclient.grpc.aio as grpcclient
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from diktor import traces
from diktor.errors import ScoringError, UnavailableError
from diktor.releases import FRAME_MS, Release
from diktor.scoring.combine import Scores

_OUTPUTS = ("PROBABILITY", "FRAMES", "MARKERS")
_HIGHEST = (1.0, 1.0, 100.0)
"""What each output may be at most: two are probabilities; a hundred sounds in a frame of 20 ms are no rate."""


class Triton:
    """Scores windows; safe for many at once. Use it as an asynchronous context manager."""

    def __init__(self, address: str, timeout_s: float = 30.0) -> None:
        self._client = grpcclient.InferenceServerClient(address)
        self._address = address
        self._timeout = timeout_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def score(self, release: Release, pcm: NDArray[np.int16]) -> Scores:
        """The scores of one window, `pcm` ((samples,) int16, mono, at the release's rate and length).

        Raises:
            UnavailableError: Triton or the release's models are away; worth trying again.
            ScoringError: the answer cannot be read, is of another shape, or holds what no score can be.
        """
        tensor = grpcclient.InferInput("PCM", [1, len(pcm)], "INT16")
        tensor.set_data_from_numpy(pcm[None])
        outputs = [grpcclient.InferRequestedOutput(name) for name in _OUTPUTS]
        try:
            with traces.span("triton request", model=release.ensemble):
                answer = await self._client.infer(
                    release.ensemble, [tensor], outputs=outputs, client_timeout=self._timeout, headers=_traced()
                )
        except InferenceServerException as error:
            raise UnavailableError(
                f"Triton at {self._address} did not score: {error.message()}", "It is asked again"
            ) from error
        except grpc.RpcError as error:
            raise UnavailableError(f"Triton at {self._address} is away: {error}", "It is asked again") from error
        return _read(answer.get_response(), release)

    async def live(self) -> None:
        """Raises: UnavailableError: the server does not answer."""
        try:
            await self._client.is_server_live(client_timeout=self._timeout)
        except (InferenceServerException, grpc.RpcError) as error:
            raise UnavailableError(f"Triton at {self._address} is away", "It is asked again") from error

    async def serves(self, release: Release) -> bool:
        """Whether the release is loaded.

        Raises:
            UnavailableError: Triton is away.
        """
        try:
            return bool(await self._client.is_model_ready(release.ensemble, client_timeout=self._timeout))
        except (InferenceServerException, grpc.RpcError) as error:
            raise UnavailableError(f"Triton at {self._address} is away: {error}", "It is asked again") from error

    async def scored(self, release: Release) -> int:
        """How many windows the release's ensemble has scored since it was loaded.

        Raises:
            UnavailableError: Triton or the release's models are away.
        """
        try:
            found = await self._client.get_inference_statistics(release.ensemble, client_timeout=self._timeout)
        except (InferenceServerException, grpc.RpcError) as error:
            raise UnavailableError(f"Triton at {self._address} does not count: {error}") from error
        return sum(int(model.inference_stats.success.count) for model in found.model_stats)


def _traced() -> dict[str, str] | None:
    """The current span for Triton, if it is recorded: Triton records whatever names a span, sampled or not."""
    current = traces.traceparent()
    return {traces.TRACEPARENT: current} if current is not None and traces.sampled() else None


def _read(message: Any, release: Release) -> Scores:
    """A ModelInferResponse's scores, (1, …) float32 each; None where its bytes were no such message."""
    frames = release.length_ms // FRAME_MS
    defects, letters = len(release.defects), len(release.letters)
    shapes = ((defects,), (frames, defects), (frames, letters))
    outputs = () if message is None else zip(message.outputs, message.raw_output_contents, strict=False)
    found = {output.name: (output, raw) for output, raw in outputs}
    scores = []
    for name, shape, highest in zip(_OUTPUTS, shapes, _HIGHEST, strict=True):
        if name not in found:
            raise ScoringError(f"Triton's answer holds no {name}", "Deploy a release of this contract")
        output, raw = found[name]
        if (output.datatype, tuple(output.shape), len(raw)) != ("FP32", (1, *shape), 4 * math.prod(shape)):
            is_ = f"{output.datatype} of shape {tuple(output.shape)} in {len(raw)} bytes"
            raise ScoringError(f"{name} is {is_}, not FP32 of {(1, *shape)}", "Deploy a release of this contract")
        values = np.frombuffer(raw, np.float32).reshape(shape)
        if not np.isfinite(values).all():
            raise ScoringError(f"{name} holds values that are no numbers", "Look at the release's members")
        if values.min() < 0.0 or values.max() > highest:
            range_ = f"{values.min():g} to {values.max():g}"
            raise ScoringError(f"{name} holds {range_}, not 0 to {highest:g}", "Look at the release's members")
        scores.append(values)
    return Scores(*scores)
