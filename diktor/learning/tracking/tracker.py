"""What every tracker takes: a run with its parameters, curves, files and tags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

Value = str | int | float | bool


class Tracker(Protocol):
    """One run, from `start` to `end`; whatever fails on the way is an `UnavailableError`."""

    def start(self, name: str, parameters: Mapping[str, Value]) -> None:
        """Begin the run."""

    def curve(self, name: str, step: int, value: float) -> None:
        """A point of a curve; a single figure is a curve of one point."""

    def artefact(self, path: Path) -> None:
        """Keep a copy of a file, by its name."""

    def tag(self, name: str, value: str) -> None:
        """Say something of the run that is no parameter: which data, which code, which release."""

    def end(self, *, failed: bool = False) -> None:
        """Close the run; nothing can be added afterwards."""
