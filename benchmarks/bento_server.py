"""The release behind BentoML: a server from its own environment in a temporary folder, and a client of it.

Bodies are binary both ways; access log, metrics, traces (by default) and usage reports are off; no network is needed.
The client keeps its connections.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
import httpx
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.processor import family
from benchmarks.report import ROOT
from diktor.audio.vad import LEAST_MS, model_path
from diktor.errors import StackError
from diktor.scoring.combine import Scores

PYTHON = ROOT / ".venv" / "bentoml" / "bin" / "python"
START_S = 60.0
BINARY, JSON = "application/octet-stream", "application/json"

SHAPES = ((3,), (250, 3), (250, 2))
"""Of a window's answer: probabilities, frames, markers."""

Window = NDArray[np.int16]


class Heard(NamedTuple):
    """A window's milliseconds of speech, and its scores when there is enough of it."""

    speech_ms: int
    scores: Scores | None


class BentoServer:
    """`bentoml serve` of `benchmarks/bento/service.py`; a context manager.

    Raises:
        StackError: its environment is missing, or it does not come up.
    """

    def __init__(self, workers: int = 1, threads: int = 2, path: str = "") -> None:
        """`workers` processes with `threads` for requests each; `path`: packages beside those of its environment."""
        self._settings = {"BENTO_WORKERS": str(workers), "BENTO_THREADS": str(threads), "PYTHONPATH": path}
        self._stack = ExitStack()
        self.address = ""

    def __enter__(self) -> Self:
        if not PYTHON.exists():
            raise StackError("BentoML's environment is missing", "Build it: deploy/setup/run bentoml")
        home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bento-")))
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}"
        command = [str(PYTHON), "-m", "bentoml", "serve", "service:Defects", "--host", "127.0.0.1", "--port", str(port)]
        env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "BENTOML_HOME": str(home),
            "BENTOML_DO_NOT_TRACK": "1",
            "BENTO_RELEASE": str(ROOT / "triton_models"),
            "BENTO_VOICE_MODEL": str(model_path()),
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self._settings,
        }
        self._log = home / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT / "benchmarks" / "bento", env=env, stdout=log, stderr=log, start_new_session=True
            )
        self._stack.callback(self._end)
        try:
            self._wait()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def processes(self) -> list[psutil.Process]:
        """The arbiter and its workers."""
        return family(psutil.Process(self._process.pid))

    async def score(self, windows: Sequence[Window], clients: int, endpoint: str = "score") -> list[Scores]:
        """The scores of windows, (40000,) int16 each, with so many requests under way at once; no voice activity."""
        if endpoint == "score_batched":
            bodies = [json.dumps({"bodies": [b64encode(pcm.tobytes()).decode()]}).encode() for pcm in windows]
            answers = await self._ask(endpoint, bodies, clients, JSON)
            return [_scores(b64decode(json.loads(answer)[0])) for answer in answers]
        return [_scores(answer) for answer in await self._ask(endpoint, [pcm.tobytes() for pcm in windows], clients)]

    async def hear(self, windows: Sequence[Window], clients: int, together: int) -> list[Heard]:
        """Voice activity of windows, and scores where there is speech; `together`: windows in a request."""
        pieces = [windows[k : k + together] for k in range(0, len(windows), together)]
        bodies = [b"".join(pcm.tobytes() for pcm in piece) for piece in pieces]
        return [heard for answer in await self._ask("hear", bodies, clients) for heard in _heard(answer)]

    async def _ask(self, endpoint: str, bodies: Sequence[bytes], clients: int, form: str = BINARY) -> list[bytes]:
        answers, headers = [b""] * len(bodies), {"Content-Type": form}
        timeout = aiohttp.ClientTimeout(300)
        connector = aiohttp.TCPConnector(limit=clients)
        async with aiohttp.ClientSession(self.address, timeout=timeout, connector=connector) as session:

            async def client(places: range) -> None:
                for place in places:
                    async with session.post(f"/{endpoint}", data=bodies[place], headers=headers) as answer:
                        answers[place] = await answer.read()
                        answer.raise_for_status()

            await asyncio.gather(*(client(range(k, len(bodies), clients)) for k in range(clients)))
        return answers

    def _wait(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise StackError(
            f"BentoML does not serve: {self._log.read_text()[-999:]}", "Build it: deploy/setup/run bentoml"
        )

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _scores(answer: bytes) -> Scores:
    values, parts = np.frombuffer(answer, np.float32), []
    for shape in SHAPES:
        size = int(np.prod(shape))
        parts.append(values[:size].reshape(shape))
        values = values[size:]
    return Scores(*parts)


def _heard(answer: bytes) -> Iterator[Heard]:
    size = 4 * sum(int(np.prod(shape)) for shape in SHAPES)
    while answer:
        speech_ms = int(np.frombuffer(answer[:4], np.int32)[0])
        scored = speech_ms >= LEAST_MS
        yield Heard(speech_ms, _scores(answer[4 : 4 + size]) if scored else None)
        answer = answer[4 + size * scored :]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
