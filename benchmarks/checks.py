"""Single checks over HTTP against the bare ensemble: checks per second and p95 with 1, 8 and 32 clients.

A check is nine seconds of a sample call, two windows with speech, as WAV. The bare ensemble is asked for the same two
windows at once by as many clients, over gRPC, with nothing around it: no HTTP, no upload, no decoding, no voice
activity, no accounts. Both run in turns, and each stretch of checks is set against the bare ones before and after it.

`python -m benchmarks.checks [ROUNDS]`
"""

import asyncio
import io
import sys
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.bare import REPOSITORY
from benchmarks.report import ROOT, save
from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.audio.windows import ChannelWindows
from diktor.client import AsyncClient
from diktor.releases import RATE, load_release
from diktor.scoring.triton import Triton
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user

CALL = ROOT / "assets" / "calls" / "call-02.mp3"
SECONDS = 9
CLIENTS = (1, 8, 32)
ROUNDS, CHECKS = 3, 64

Ask = Callable[[], Awaitable[object]]


class Stretch(NamedTuple):
    """Checks per second, and the seconds that 95 of 100 of them took at most."""

    rate: float
    p95_s: float


async def stretch(ask: Ask, clients: int, checks: int) -> Stretch:
    """So many clients ask again and again, `checks` times in all."""
    left, took = iter(range(checks)), list[float]()

    async def client() -> None:
        for _ in left:
            began = time.perf_counter()
            await ask()
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Stretch(checks / (time.perf_counter() - began), float(np.quantile(took, 0.95)))


async def measure(stack: Stack, rounds: int) -> dict[str, Any]:
    """Medians over the rounds, by the number of clients."""
    pcm = np.concatenate(list(blocks(CALL)), axis=1)[0, : SECONDS * RATE]
    recording, windows = wav(pcm), windows_of(pcm)
    release = load_release(REPOSITORY, 1)
    password = await make_user(stack.settings, NewUser(login="bench", role=Role.admin))
    rows: dict[int, list[tuple[Stretch, Stretch, Stretch]]] = {clients: [] for clients in CLIENTS}
    async with Triton(stack.settings.triton) as triton, AsyncClient(stack.settings.api) as client:
        await client.log_in("bench", password or "")

        async def bare() -> None:
            await asyncio.gather(*(triton.score(release, window) for window in windows))

        async def check() -> None:
            await client.checks.create(io.BytesIO(recording))

        await stretch(bare, 8, 8)
        await stretch(check, 8, 8)
        for _ in range(rounds):
            for clients in CLIENTS:
                count = CHECKS if clients > 1 else CHECKS // 4
                before, served = await stretch(bare, clients, count), await stretch(check, clients, count)
                rows[clients].append((before, served, await stretch(bare, clients, count)))
    return figures(rows)


def windows_of(pcm: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """The windows of a channel."""
    channel = ChannelWindows(load_release(REPOSITORY, 1).grid)
    return [item.pcm for item in (*channel.add(0, pcm, RATE), *channel.finish())]


def wav(pcm: NDArray[np.int16]) -> bytes:
    """A recording of one channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as output:
        output.setparams((1, 2, RATE, len(pcm), "NONE", ""))
        output.writeframes(pcm.tobytes())
    return file.getvalue()


def figures(rows: dict[int, list[tuple[Stretch, Stretch, Stretch]]]) -> dict[str, Any]:
    """What is saved."""

    def each(of: Callable[[Stretch, Stretch, Stretch], float], digits: int) -> dict[int, float]:
        return {
            clients: round(float(np.median([of(*row) for row in found])), digits) for clients, found in rows.items()
        }

    return {
        "checks_per_s": each(lambda _, served, __: served.rate, 2),
        "bare_per_s": each(lambda before, _, after: (before.rate + after.rate) / 2, 2),
        "to_bare": each(lambda before, served, after: 2 * served.rate / (before.rate + after.rate), 3),
        "check_p95_s": each(lambda _, served, __: served.p95_s, 2),
        "bare_p95_s": each(lambda before, _, after: (before.p95_s + after.p95_s) / 2, 2),
        "audio_s_each": SECONDS,
        "turns_each": len(rows[CLIENTS[0]]),
    }


def main(rounds: int) -> None:
    """Measure, save, draw."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), only=("triton", "api"))
        stack.up()
        try:
            result = asyncio.run(measure(stack, rounds))
        finally:
            stack.down()
    save("checks", result, draw)


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """Rates of both over clients, and their ratio."""
    places = np.arange(len(CLIENTS))
    for shift, key, label in ((-0.2, "bare_per_s", "the bare ensemble"), (0.2, "checks_per_s", "checks over HTTP")):
        axes.bar(places + shift, [result[key][clients] for clients in CLIENTS], 0.38, label=label)
    for place, clients in zip(places, CLIENTS, strict=True):
        height = result["checks_per_s"][clients]
        axes.annotate(f"{result['to_bare'][clients]:.2f}", (place + 0.2, height), ha="center", va="bottom")
    axes.set_xticks(places, [str(clients) for clients in CLIENTS])
    axes.set(xlabel="clients at once", ylabel=f"recordings of {SECONDS} s a second")
    axes.legend(loc="upper left", frameon=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
