"""How figures of recordings look in a terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from diktor.cli.tables import wide_console
from diktor.learning.recorded import figures, healthy
from diktor.learning.report.document import Alarms
from diktor.learning.report.page import figure, plain


def show(found: figures.Found) -> None:
    """Recording by recording, then classes, defects and false alarms."""
    console = wide_console()
    lines = Table(title="Recordings: risk by defect, – where there is not enough evidence", title_justify="left")
    for heading in ("file", "channel", "expected", "found", *found.defects):
        lines.add_column(heading)
    for line in found.lines:
        risks = ["–" if risk is None else f"{risk:.0f}" for risk in line.risks.values()]
        style = "" if line.found == line.expected else "red"
        lines.add_row(line.file, str(line.channel), line.expected, line.found, *risks, style=style)
    console.print(lines)
    console.print(_classes(found))
    console.print(_defects(found))
    console.print(_alarms(found.alarms, "False alarms in recordings of class none"))


def show_alarms(found: healthy.Found) -> None:
    """The table of false alarms."""
    title = f"{found.recordings} recordings, {found.channels} channels, {found.minutes} minutes, taken for healthy"
    wide_console().print(_alarms(found.alarms, title))


def tell_left_out(problems: tuple[str, ...]) -> None:
    """Why which recordings are not among the figures."""
    console = Console(stderr=True)
    for problem in problems:
        console.print(f"[red]left out[/red] {problem}", highlight=False, soft_wrap=True)


def _classes(found: figures.Found) -> Table:
    table = Table(title=f"Classes, n = {found.classes.rows}, 95 % over {found.drawn}", title_justify="left")
    for heading in ("macro-F1", "accuracy", *found.classes.f1):
        table.add_column(heading)
    each = map(figure, found.classes.f1.values())
    table.add_row(figure(found.classes.macro_f1), figure(found.classes.accuracy), *each)
    return table


def _defects(found: figures.Found) -> Table:
    table = Table(title="Defects", title_justify="left")
    for heading in ("defect", "n", "AUC", "against none", "average precision", "likely, with it", "likely, none"):
        table.add_column(heading)
    for name, item in found.defects.items():
        cells = (item.auc, item.auc_against_none, item.average_precision, item.likely_when_present)
        table.add_row(name, str(item.recordings), *map(figure, cells), figure(item.likely_when_none))
    return table


def _alarms(found: Mapping[str, Alarms], title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("defect", "hours of speech", "spans per hour", "judged likely", "per hour", "not enough evidence"):
        table.add_column(heading)
    for name, item in found.items():
        table.add_row(
            name,
            f"{item.speech_hours:.3f}",
            plain(item.spans_per_hour),
            figure(item.likely),
            plain(item.likely_per_hour),
            figure(item.not_enough_evidence),
        )
    return table
