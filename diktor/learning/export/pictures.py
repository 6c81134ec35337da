"""The confusion matrix of each split as a picture that travels with the release."""

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from diktor.defects import Taxonomy

COLOURS = 64
"""Of a picture: enough for shades of one colour, and a third as large. It travels with every release."""


def confusions(metrics: dict[str, Any], taxonomy: Taxonomy, folder: Path) -> None:
    """Write `confusion-<split>.png` for every split whose metrics hold a matrix."""
    for split in ("test", "dev"):
        if matrix := metrics.get(split, {}).get("classes", {}).get("confusion"):
            _drawn(np.array(matrix), f"calls of {split}", _titles(taxonomy), folder / f"confusion-{split}.png")


def _titles(taxonomy: Taxonomy) -> list[str]:
    return ["none", *(defect.title_en for defect in taxonomy.defects)]


def _drawn(matrix: np.ndarray, title: str, names: list[str], path: Path) -> None:
    with matplotlib.rc_context({"font.size": 9}):
        canvas = Figure(figsize=(4.2, 3.8), layout="constrained", dpi=120)
        axes = canvas.add_subplot()
        shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
        places = range(len(names))
        axes.set(title=title, xlabel="found", ylabel="is")
        axes.set_xticks(places, names, rotation=30, ha="right")
        axes.set_yticks(places, names)
        for row in places:
            for column in places:
                colour = "white" if shares[row, column] > 0.5 else "black"
                axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=colour)
        drawn = BytesIO()
        canvas.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
