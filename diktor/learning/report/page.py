"""The report as a page: one HTML file that needs nothing else."""

from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from diktor.learning.report import plots
from diktor.learning.report.bootstrap import Figure
from diktor.learning.report.document import Group, Report

LEVELS = ("call", "window", "word")
TOP = 1.0


def page(report: Report) -> str:
    """The HTML."""
    environment = Environment(
        loader=PackageLoader("diktor.learning.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(figure=figure, number=number, plain=plain, signed=signed)
    return environment.get_template("report.html.j2").render(
        report=report,
        defects=report.taxonomy.defects,
        letters=[defect for defect in report.taxonomy.defects if defect.letter],
        classes=report.taxonomy.classes,
        levels=LEVELS,
        tables=tables(report.groups),
        roc={level: plots.roc(report, level) for level in LEVELS},
        reliability={level: plots.reliability(report, level) for level in ("call", "window")},
        codecs=plots.codecs(report),
    )


def tables(groups: tuple[Group, ...]) -> list[tuple[str, str, list[tuple[str, str, dict[str, Group]]]]]:
    """(level, trait, [(split, group, a line per defect)]) for each table of groups."""
    order = {level: place for place, level in enumerate(LEVELS)}
    lines = sorted(groups, key=lambda g: (g.trait, order[g.level], g.split != "test", g.group))
    return [
        (
            level,
            trait,
            [
                (split, name, {item.defect: item for item in own})
                for (split, name), own in groupby(part, key=lambda g: (g.split, g.group))
            ],
        )
        for (trait, level), part in groupby(lines, key=lambda g: (g.trait, g.level))
    ]


def figure(value: Figure) -> str:
    """A figure with its interval."""
    if value.low is None or value.high is None:
        return number(value.value)
    return f"{number(value.value)} ({number(value.low)}–{number(value.high)})"


def plain(value: Figure) -> str:
    """The same for milliseconds and rates."""
    if value.value is None:
        return "–"
    span = "" if value.low is None or value.high is None else f" ({value.low:g}–{value.high:g})"
    return f"{value.value:g}{span}"


def signed(value: Figure) -> str:
    """The same for a difference."""
    if value.value is None:
        return "–"
    span = "" if value.low is None or value.high is None else f" ({value.low:+.3f} to {value.high:+.3f})"
    return f"{value.value:+.3f}{span}"


def number(value: float | None) -> str:
    """Three digits; what is within a share needs no zero before the point."""
    if value is None:
        return "–"
    text = f"{value:.3f}"
    return text.removeprefix("0") if 0 <= value < TOP else text
