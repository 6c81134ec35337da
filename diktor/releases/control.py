"""Telling Triton which models to load: explicit model control over gRPC."""

from collections.abc import Collection
from types import TracebackType
from typing import Self

import grpc
import tritonclient.grpc.aio as grpcclient
from tritonclient.utils import InferenceServerException

from diktor.errors import ReleaseError, UnavailableError

LOAD_S = 300.0
"""A member may have to be read from a slow disk by a busy machine."""

ASK_S = 10.0

_AWAY = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")


class Control:
    """A connection. Use it as an asynchronous context manager.

    Every method raises `UnavailableError` when Triton is away and `ReleaseError` for what it refuses.
    """

    def __init__(self, address: str) -> None:
        self._client = grpcclient.InferenceServerClient(address)
        self._address = address

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def load(self, ensemble: str, models: Collection[str] = ()) -> None:
        """Load an ensemble with its `models`, all at once, also those already loaded; returns when it serves."""
        try:
            await self._client.load_model(ensemble, client_timeout=LOAD_S)
        except (InferenceServerException, grpc.RpcError) as error:
            told = self._told(error)
            if isinstance(told, ReleaseError):
                raise await self._refusal(told, models) from error
            raise told from error

    async def unload(self, model: str) -> None:
        """Let a model go; one that is not there does no harm."""
        try:
            await self._client.unload_model(model, client_timeout=ASK_S)
        except (InferenceServerException, grpc.RpcError) as error:
            raise self._told(error) from error

    async def serves(self, models: Collection[str]) -> bool:
        """Whether all of these are loaded."""
        states = await self.states()
        return all(states.get(model) == "READY" for model in models)

    async def states(self) -> dict[str, str]:
        """The state of every model that was ever loaded: READY, LOADING, UNLOADING, UNAVAILABLE."""
        try:
            index = await self._client.get_model_repository_index(client_timeout=ASK_S)
        except (InferenceServerException, grpc.RpcError) as error:
            raise self._told(error) from error
        return {model.name: model.state for model in index.models if model.state}

    async def _refusal(self, told: ReleaseError, models: Collection[str]) -> ReleaseError:
        """Which of an ensemble's models it is, and why: Triton's own answer does not say."""
        try:
            index = await self._client.get_model_repository_index(client_timeout=ASK_S)
        except (InferenceServerException, grpc.RpcError):
            return told
        reasons = {
            model.name: model.reason for model in index.models if model.name in models and model.state != "READY"
        }
        why = [
            f"{name}: {reason.splitlines()[0]}" for name, reason in reasons.items() if reason not in ("", "unloaded")
        ]
        return ReleaseError(f"Triton refuses {'; '.join(why)}") if why else told

    def _told(self, error: Exception) -> UnavailableError | ReleaseError:
        status = str(error.status() or "") if isinstance(error, InferenceServerException) else "UNAVAILABLE"
        message = str(error.message() if isinstance(error, InferenceServerException) else error).partition("\n")[0]
        if any(word in status for word in _AWAY):
            return UnavailableError(f"Triton at {self._address} is away: {message}", "Is the stack up? diktor status")
        return ReleaseError(f"Triton refuses: {message}")
