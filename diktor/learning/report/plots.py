"""Plots as SVG that stands in a page: no reference leads outside."""

import re
from collections.abc import Callable, Sequence
from io import StringIO

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from diktor.defects import Taxonomy
from diktor.learning.report.bootstrap import Figure
from diktor.learning.report.document import DefectFigures, Report

Draw = Callable[[Axes, str], None]
STYLES = {"test": "-", "dev": "--"}

_OUTSIDE = re.compile(r'<metadata>.*?</metadata>|\s(?:xmlns(?::\w+)?)="[^"]*"', re.DOTALL)


def roc(report: Report, level: str) -> str:
    """ROC curves of a level, a panel per defect, both splits."""

    def draw(axes: Axes, defect: str) -> None:
        axes.plot([0, 1], [0, 1], ":", color="0.7", linewidth=0.8)
        for split, told in _told(report, level, defect):
            if told.roc:
                alarms, hits = zip(*told.roc, strict=True)
                axes.plot(alarms, hits, STYLES[split], label=f"{split}, AUC {_number(told.auc.value)}")
        axes.set(xlabel="false alarms", ylabel="found", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))

    return _panels(f"roc {level}", draw, report.taxonomy)


def reliability(report: Report, level: str) -> str:
    """How often a probability is right, a panel per defect."""

    def draw(axes: Axes, defect: str) -> None:
        axes.plot([0, 1], [0, 1], ":", color="0.7", linewidth=0.8)
        for split, told in _told(report, level, defect):
            if told.calibration:
                x, y = [b.probability for b in told.calibration], [b.share for b in told.calibration]
                error = _number(told.calibration_error.value)
                axes.plot(x, y, STYLES[split], marker="o", markersize=3, label=f"{split}, error {error}")
        axes.set(xlabel="probability", ylabel="defective", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))

    return _panels(f"reliability {level}", draw, report.taxonomy)


def codecs(report: Report) -> str:
    """AUC per codec with its interval: of the codec table where there is one, else of the test windows by codec."""

    def draw(axes: Axes, defect: str) -> None:
        if report.codecs:
            bars = [(row.codec, row.window_auc) for row in report.codecs.rows if row.defect == defect]
        else:
            bars = [
                (item.group, item.auc)
                for item in report.groups
                if (item.split, item.level, item.trait, item.defect) == ("test", "window", "codec", defect)
            ]
        known = [(name, figure) for name, figure in bars if figure.value is not None]
        for place, (_, figure) in enumerate(known):
            _bar(axes, place, figure)
        axes.set_xticks(range(len(known)), [name for name, _ in known], rotation=60)
        axes.set(ylabel="window AUC", ylim=(0.4, 1.01))

    return _panels("codecs", draw, report.taxonomy, legend=False)


def _bar(axes: Axes, place: int, figure: Figure) -> None:
    value = figure.value or 0.0
    axes.bar(place, value, color="C0", width=0.7)
    if figure.low is not None and figure.high is not None:
        axes.vlines(place, figure.low, figure.high, color="0.2", linewidth=1)


def _told(report: Report, level: str, defect: str) -> Sequence[tuple[str, DefectFigures]]:
    return [(name, split.levels[level][defect]) for name, split in report.splits.items()]


def _panels(name: str, draw: Draw, taxonomy: Taxonomy, legend: bool = True) -> str:
    """A panel per defect, those without anything to draw left empty."""
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.size": 8}):
        canvas = Canvas(figsize=(9, 3), layout="constrained")
        shown = [defect for defect in taxonomy.defects if defect.letter or "word" not in name]
        for place, defect in enumerate(shown):
            axes = canvas.add_subplot(1, len(shown), place + 1)
            draw(axes, defect.name)
            axes.set_title(defect.title_en)
            axes.spines[["top", "right"]].set_visible(False)
            if legend and axes.get_legend_handles_labels()[1]:
                axes.legend(frameon=False, loc="best")
        text = StringIO()
        canvas.savefig(text, format="svg", metadata={"Date": None})
    return _inline(text.getvalue(), name)


def _inline(svg: str, name: str) -> str:
    """The picture alone, its identifiers unlike those of its neighbours."""
    picture = _OUTSIDE.sub("", svg[svg.index("<svg") :]).replace("xlink:href", "href")
    prefix = name.replace(" ", "-")
    return re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}-", picture)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
