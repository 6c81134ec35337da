"""Losses of the members as they train, for a picture."""

from collections.abc import Callable
from typing import Any

from diktor.learning.training import Progress

Tell = Callable[[str, Progress], None]


class Curves:
    """Points by member and loss, in the order they were told."""

    def __init__(self) -> None:
        self.points: dict[str, list[tuple[int, float]]] = {}

    def and_(self, tell: Tell) -> Tell:
        """What a stage is given: every progress becomes points, and goes on to `tell`."""

        def both(member: str, progress: Progress) -> None:
            for term, value in progress.terms.items():
                self.points.setdefault(f"{member} {term}", []).append((progress.step, value))
            tell(member, progress)

        return both

    def draw(self, axes: Any) -> None:
        """A line per member and loss on matplotlib's axes; none where a stage was done before."""
        for name, points in self.points.items():
            axes.plot(*zip(*points, strict=True), marker=".", label=name)
        axes.set(xlabel="step", ylabel="loss")
        if self.points:
            axes.legend(fontsize=8)
