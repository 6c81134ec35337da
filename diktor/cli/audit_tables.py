"""How the audits of a corpus look in a terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from diktor.cli.tables import title_of, wide_console
from diktor.learning.audit.leak import Leak
from diktor.learning.audit.report import Report
from diktor.learning.audit.shortcuts import Shortcut

STYLES = {"passes": "green", "fails": "bold red", "too few": "dim"}


def show(found: Report) -> None:
    """Print the report: a table per kind of audit, then what most likely is behind each failure."""
    console = wide_console()
    console.print(f"{found.clips} clips, {found.minutes} minutes, corpus {found.corpus_digest[:12]}", highlight=False)
    for level in ("word", "clip"):
        console.print(_shortcuts(level, [item for item in found.shortcuts if item.level == level]))
    if found.leaks:
        console.print(_leaks(found.leaks))
    for item in found.shortcuts:
        if item.verdict == "fails":
            console.print(_because(item), highlight=False)


def _shortcuts(level: str, found: Sequence[Shortcut]) -> Table:
    """A row per trait, a column per defect."""
    table = Table(title=f"Shortcuts, {level} by {level}: AUC (95 %)", title_justify="left")
    table.add_column("from")
    defects = tuple(dict.fromkeys(item.defect for item in found))
    for defect in defects:
        table.add_column(title_of(defect))
    cells = {(item.trait, item.defect): _figure(item) for item in found}
    for trait in dict.fromkeys(item.trait for item in found):
        table.add_row(trait, *(cells.get((trait, defect), "") for defect in defects))
    return table


def _leaks(found: Sequence[Leak]) -> Table:
    table = Table(title="Leaks, words without the letter in context: AUC (95 %)", title_justify="left")
    for heading in ("defect", "letter", "words", "AUC", "among vocoded"):
        table.add_column(heading)
    for item in found:
        table.add_row(item.defect, item.letter, str(item.words), _figure(item), _number(item.among_vocoded))
    return table


def _figure(item: Shortcut | Leak) -> Text:
    span = "" if item.auc is None else f" ({_number(item.low)}–{_number(item.high)})"
    return Text(f"{_number(item.auc)}{span} {item.verdict}", STYLES[item.verdict])


def _because(item: Shortcut) -> str:
    return (
        f"{item.level}, {item.defect}, {item.trait}: {_number(item.auc)} by {item.classifier}, "
        f"{_number(item.among_vocoded)} among vocoded speech; "
        f"most telling: {item.telling} ({_number(item.telling_auc)})"
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
