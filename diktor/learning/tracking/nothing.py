"""No tracker: what is told to it is forgotten."""

from collections.abc import Mapping
from pathlib import Path

from diktor.learning.tracking.tracker import Value


class Nothing:
    """Keeps nothing."""

    def start(self, name: str, parameters: Mapping[str, Value]) -> None:
        """Nothing."""

    def curve(self, name: str, step: int, value: float) -> None:
        """Nothing."""

    def artefact(self, path: Path) -> None:
        """Nothing."""

    def tag(self, name: str, value: str) -> None:
        """Nothing."""

    def end(self, *, failed: bool = False) -> None:
        """Nothing."""
