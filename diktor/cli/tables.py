"""How calls and their verdicts look in a terminal."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from diktor.defects import NAMES, by_name
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, Span

STYLES = {"none": "green", "possible": "yellow", "likely": "bold red", "not_enough_evidence": "dim"}
WORDS = {"not_enough_evidence": "too little"}
SHOWN = 3
"""Evidence spans in a row at most; `diktor results CALL` shows all."""


def wide_console(stderr: bool = False) -> Console:
    """The terminal as it is; wide enough for the tables where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 160)


def calls_table(rows: Iterable[CallRow], channel: str | None = "operator", title: str = "") -> Table:
    """A row per call: who, how long, how many windows, a verdict per defect, where it was heard.

    `channel` chooses which channel's verdict stands there; a call without it shows its first one.
    """
    table = Table(title=title or None, title_justify="left")
    for heading, side in (("call", "left"), ("operator", "left"), ("seconds", "right"), ("windows", "right")):
        table.add_column(heading, justify=side, no_wrap=True)  # type: ignore[arg-type]  # rich wants the literals
    shown = list(rows)
    defects = _defects(shown)
    for name in defects:
        table.add_column(title_of(name))
    table.add_column("evidence")
    for row in shown:
        verdict = _of(row, channel)
        seconds = max((item.duration_ms for item in row.verdicts), default=0) / 1000
        windows = sum(item.windows for item in row.verdicts)
        judged = {item.defect: verdict_text(item) for item in verdict.defects} if verdict else {}
        cells = [judged.get(name, Text("" if verdict else row.status)) for name in defects]
        evidence = _evidence(verdict.defects) if verdict else ""
        table.add_row(row.call_id, row.operator_id, f"{seconds:.1f}", str(windows), *cells, evidence)
    return table


def call_table(row: CallRow) -> Table:
    """One call: a row per channel and defect, with all its evidence."""
    table = Table(
        title=f"{row.call_id} · {row.operator_id} · {row.team_id} · {row.started_at:%Y-%m-%d %H:%M:%S %Z} · "
        f"release {row.release} · {row.status} ({row.reason or 'live'})",
        title_justify="left",
    )
    for heading in ("channel", "speech, s", "defect", "risk", "verdict", "markers", "evidence"):
        table.add_column(heading)
    for verdict in row.verdicts:
        for item in verdict.defects:
            risk = "–" if item.risk is None else f"{item.risk:.0f}"
            spans = " ".join(span_text(span) for span in item.evidence)
            talk = f"{verdict.talk_ms / 1000:.1f} of {verdict.duration_ms / 1000:.1f}"
            table.add_row(
                verdict.channel, talk, item.defect, risk, verdict_text(item, False), f"{item.markers:g}", spans
            )
    return table


def verdict_text(item: DefectVerdict, with_risk: bool = True) -> Text:
    """The verdict's word in its colour, with the risk behind it."""
    word = WORDS.get(item.verdict, item.verdict)
    risk = f" {item.risk:.0f}" if with_risk and item.risk is not None else ""
    return Text(word + risk, STYLES[item.verdict])


def title_of(name: str) -> str:
    """How people call a defect; one of another taxonomy goes by its name."""
    return by_name(name).title_en if name in NAMES else name


def span_text(span: Span) -> str:
    """Where it was heard, as mm:ss."""
    return f"{span.start_ms // 60000:02d}:{span.start_ms // 1000 % 60:02d}"


def _defects(rows: Iterable[CallRow]) -> tuple[str, ...]:
    """The defects that calls were judged by, in order; releases may differ in theirs."""
    return tuple(dict.fromkeys(item.defect for row in rows for part in row.verdicts for item in part.defects)) or NAMES


def _of(row: CallRow, channel: str | None) -> ChannelVerdict | None:
    named = [verdict for verdict in row.verdicts if verdict.channel == channel]
    return next(iter(named or row.verdicts), None)


def _evidence(defects: Iterable[DefectVerdict]) -> str:
    parts = []
    for item in defects:
        if item.verdict in ("likely", "possible") and item.evidence:
            strongest = sorted(sorted(item.evidence, key=lambda span: -span.score)[:SHOWN])
            parts.append(f"{item.defect}: " + " ".join(dict.fromkeys(span_text(span) for span in strongest)))
    return "; ".join(parts)
