"""Tables and figures as a card writes them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a line of names above."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def cell(value: float | None) -> str:
    """Three digits without the zero; a dash for what could not be measured."""
    return "–" if value is None else f"{value:.3f}".removeprefix("0")
