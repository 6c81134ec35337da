"""BentoML serving the same ONNX files, against Triton alone and against the whole pipeline, by CPU of all processes.

* `settings`: how BentoML itself is best run.
* `serving`: the members only. Triton and BentoML score the same windows in turns of a second or two, 1 to 16 clients,
  raw int16 in and float32 out; every answer is checked against Triton's.
* `whole`: recordings in, scores out. BentoML's client decodes and cuts windows, the service finds speech and scores;
  the pipeline does that through ingest, Kafka, the scorer, Triton and ClickHouse, and stores rows and verdicts beside.

`python -m benchmarks.bentoml [settings] [serving] [whole]`: figures of parts not named stay, each with its own `taken`.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.bare import REPOSITORY
from benchmarks.bento_server import BentoServer
from benchmarks.calls import CALLS, Passage, through_stack, windows_of
from benchmarks.processor import Spent, spent
from benchmarks.report import RESULTS, circumstances, save
from benchmarks.triton_alone import CLIENTS, golden_windows, serve
from deploy.embedded.stack import Stack
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.releases import load_release
from diktor.scoring.triton import Triton

GOAL = 1.2
WINDOWS, TOLERANCE = 16, 1e-5
TOGETHER = (1, 16)
"""Windows in a request of the whole job: alone, or as many as the scorer's voice activity takes in a batch."""


class Way(NamedTuple):
    """A way to run BentoML."""

    workers: int
    threads: int
    endpoint: str


WAYS = {
    "1 worker": Way(1, 1, "score"),
    "2 workers": Way(2, 1, "score"),
    "1 worker, 2 threads": Way(1, 2, "score"),
    "2 workers, on the event loop": Way(2, 1, "score_inline"),
    "2 workers, batchable": Way(2, 1, "score_batched"),
}
BEST = "1 worker, 2 threads"


def settings(rounds: int = 4) -> dict[str, Any]:
    """CPU seconds per window of every way, in turns; medians, and windows per second."""
    windows = golden_windows(load_release(REPOSITORY, 1), WINDOWS)
    with ExitStack() as stack:
        servers = {name: stack.enter_context(BentoServer(way.workers, way.threads)) for name, way in WAYS.items()}
        for server in servers.values():
            asyncio.run(server.score(windows[:4], 4))
        runs: dict[str, list[Spent]] = {name: [] for name in WAYS}
        for _ in range(rounds):
            for name, server in servers.items():
                with spent(server.processes) as run:
                    asyncio.run(server.score(windows, 8, WAYS[name].endpoint))
                runs[name].append(run)
    return {
        name: {
            "cpu_ms_per_window": round(1000 * float(np.median([run.cpu_s for run in found])) / WINDOWS, 1),
            "windows_per_s": round(float(np.median([WINDOWS / run.wall_s for run in found])), 1),
        }
        for name, found in runs.items()
    }


def serving(rounds: int = 5) -> dict[str, Any]:
    """Triton to BentoML in windows per CPU second, by clients; each of its turns against the two around it."""
    release = load_release(REPOSITORY, 1)
    windows = golden_windows(release, WINDOWS)
    ratios: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    cpu_ms: dict[str, list[float]] = {"triton": [], "bentoml": []}
    with tempfile.TemporaryDirectory() as folder, BentoServer(*WAYS[BEST][:2]) as bento:
        stack = Stack(Path(folder), only=("triton",))
        stack.up()
        try:
            apart = asyncio.run(_largest_difference(stack, bento))
            asyncio.run(bento.score(windows, CLIENTS[-1]))
            for _ in range(rounds):
                for clients in CLIENTS:
                    before = _bento_cpu_s(bento, windows, clients)
                    triton = asyncio.run(serve(stack, release, windows, clients)).cpu_s
                    after = _bento_cpu_s(bento, windows, clients)
                    ratios[clients].append((before + after) / 2 / triton)
                    cpu_ms["triton"].append(1000 * triton / WINDOWS)
                    cpu_ms["bentoml"].append(500 * (before + after) / WINDOWS)
        finally:
            stack.down()
    return {
        "triton_to_bentoml": {n: round(float(np.median(found)), 3) for n, found in ratios.items()},
        "cpu_ms_per_window": {name: round(float(np.median(found)), 1) for name, found in cpu_ms.items()},
        "largest_difference": apart,
    }


def _bento_cpu_s(bento: BentoServer, windows: list[NDArray[np.int16]], clients: int) -> float:
    with spent(bento.processes) as run:
        asyncio.run(bento.score(windows, clients, WAYS[BEST].endpoint))
    return run.cpu_s


async def _largest_difference(stack: Stack, bento: BentoServer) -> float:
    """Between any of BentoML's numbers and Triton's over the golden windows; their speech is the same to the ms."""
    release = load_release(REPOSITORY, 1)
    golden = list(np.load(REPOSITORY / release.ensemble / "golden.npz")["pcm"])
    async with Triton(stack.settings.triton) as triton:
        expected = [await triton.score(release, pcm) for pcm in golden]
    found = await bento.score(golden, 1)
    spoken = [heard.speech_ms for heard in await bento.hear(golden, 1, len(golden))]
    assert spoken == VoiceActivity().speech_ms_of(golden), spoken
    apart = max(
        float(np.abs(a - b).max()) for pair in zip(expected, found, strict=True) for a, b in zip(*pair, strict=True)
    )
    assert apart <= TOLERANCE, apart
    return apart


def whole(turns: int = 3) -> dict[str, Any]:
    """The pipeline to BentoML in window-seconds per CPU second; both take the same few sample calls in turns."""
    with tempfile.TemporaryDirectory() as folder, BentoServer(*WAYS[BEST][:2]) as bento:
        stack = Stack(Path(folder))
        stack.up()
        ways = {"pipeline": partial(through_stack, stack)}
        ways |= {f"bentoml {n}": partial(through_bento, bento, together=n) for n in TOGETHER}
        rates: dict[str, list[float]] = {name: [] for name in ways}
        try:
            for turn in range(turns):
                names = list(ways) if turn % 2 == 0 else list(ways)[::-1]
                passages = {name: ways[name](CALLS[turn::4]) for name in names}
                assert len({passage.windows for passage in passages.values()}) == 1, passages
                for name, passage in passages.items():
                    rates[name].append(passage.window_s_per_cpu_s)
        finally:
            stack.down()
    ratios = {n: np.median(np.divide(rates["pipeline"], rates[f"bentoml {n}"])) for n in TOGETHER}
    return {
        "window_s_per_cpu_s": {name: [round(rate, 1) for rate in found] for name, found in rates.items()},
        "pipeline_to_bentoml": {n: round(float(ratio), 3) for n, ratio in ratios.items()},
    }


def through_bento(bento: BentoServer, paths: Sequence[Path], together: int, clients: int = 4) -> Passage:
    """Recordings through BentoML, so many windows in a request; its processes and this one, which decodes, counted."""
    with spent(lambda: [psutil.Process(), *bento.processes()]) as result:
        windows = [pcm for path in paths for pcm in windows_of(path)]
        heard = asyncio.run(bento.hear(windows, clients, together))
    assert all((item.scores is not None) == (item.speech_ms >= LEAST_MS) for item in heard)
    return Passage(len(heard), result)


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """Ratios of Triton alone over clients and of the whole pipeline, and the goal."""
    serving_ratios = {str(n): value for n, value in result.get("serving", {}).get("triton_to_bentoml", {}).items()}
    whole_ratios = {str(n): value for n, value in result.get("whole", {}).get("pipeline_to_bentoml", {}).items()}
    bars = {f"{n} client{'s' * (n != '1')}": value for n, value in serving_ratios.items()}
    split = len(bars)
    bars |= {f"{n} window{'s' * (n != '1')}\na request": value for n, value in whole_ratios.items()}
    axes.bar(range(len(bars)), list(bars.values()), color=["C0"] * split + ["C1"] * (len(bars) - split))
    for place, value in enumerate(bars.values()):
        axes.annotate(f"{value:.2f}", (place, value), ha="center", va="bottom")
    axes.axhline(GOAL, color="0.6", linewidth=1)
    axes.annotate(f"goal {GOAL}", (0, GOAL), xytext=(-20, 3), textcoords="offset points", color="0.4")
    axes.set_xticks(range(len(bars)), list(bars))
    axes.set_ylim(0, 1.4)
    axes.set(ylabel="windows per CPU second to BentoML's", title="Triton alone (left), the whole pipeline (right)")


def main(parts: list[str]) -> None:
    """Measure the parts named, or all; save, draw."""
    every = {"settings": settings, "serving": serving, "whole": whole}
    kept = RESULTS / "bentoml.json"
    result = json.loads(kept.read_text()) if parts and kept.exists() else {}
    result.pop("taken", None)
    found = {name: every[name]() | {"taken": circumstances()} for name in parts or every}
    save("bentoml", result | found, draw)


if __name__ == "__main__":
    main(sys.argv[1:])
