"""Where benchmarks leave what they measured: `results/NAME.json`, and `results/NAME.svg` drawn from it.

Run a benchmark as `python -m benchmarks.NAME`. A figure says when, on which processor and by which code it was taken.
"""

import json
import platform
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
import psutil
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"

Draw = Callable[[Axes, dict[str, Any]], None]


def save(name: str, result: dict[str, Any], draw: Draw) -> None:
    """Write the figures with their circumstances, draw them, and print them on one line."""
    document = {"taken": circumstances(), **result}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    matplotlib.rcParams.update({"svg.hashsalt": name, "font.size": 9})
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    draw(axes, result)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})
    print(json.dumps(result))


def circumstances() -> dict[str, Any]:
    """What a figure depends on beside what it measures."""
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "code": revision.strip(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
