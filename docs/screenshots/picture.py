"""Pictures of pages, small enough to be kept beside the text."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import FloatRect, Page

FOLDER = Path(__file__).parent
COLOURS = 64
MOST = 60_000
"""Bytes of a picture."""


class Box(NamedTuple):
    """A part of a page, in its pixels."""

    left: float
    top: float
    right: float
    bottom: float


def shot(page: Page, box: Box) -> Image.Image:
    """What a part of a page looks like now."""
    clip = FloatRect(x=box.left, y=box.top, width=box.right - box.left, height=box.bottom - box.top)
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


def beneath(parts: Sequence[Image.Image]) -> Image.Image:
    """One below the other."""
    whole = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return whole


def beside(parts: Sequence[Image.Image]) -> Image.Image:
    """One to the right of the other."""
    turned = [part.transpose(Image.Transpose.TRANSPOSE) for part in parts]
    return beneath(turned).transpose(Image.Transpose.TRANSPOSE)


def keep(image: Image.Image, name: str, width: int) -> Path:
    """Write `name`.png, as wide as that and with few colours.

    Raises:
        ValueError: it is too large to be kept.
    """
    image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    path = FOLDER / f"{name}.png"
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    if (size := path.stat().st_size) > MOST:
        raise ValueError(f"{path.name} has {size} bytes; {MOST} are kept at most")
    return path
