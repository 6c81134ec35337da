"""Stored rows as the wire shows them."""

from collections.abc import Iterable, Sequence

from diktor.defects import NAMES
from diktor.rows import CallRow, LabelRow, Span, WindowRow
from diktor.scoring.evidence import joined
from diktor.wire.calls import Call, Evidence, Judgement, Label, Window


def call(row: CallRow, reviewed: bool | None = None) -> Call:
    """A call as lists show it."""
    return Call(
        call_id=row.call_id,
        operator_id=row.operator_id,
        team_id=row.team_id,
        direction=row.direction,
        started_at=row.started_at,
        status=row.status,
        reason=row.reason,
        release=row.release,
        channels=list(row.channels),
        duration_ms=max((item.duration_ms for item in row.verdicts), default=0),
        talk_ms=sum(item.talk_ms for item in row.verdicts),
        judgements=[
            Judgement(channel=item.channel, defect=one.defect, risk=one.risk, verdict=one.verdict, markers=one.markers)
            for item in row.verdicts
            for one in item.defects
        ],
        updated_at=row.updated_at,
        reviewed=reviewed,
    )


def evidence(row: CallRow, windows: Sequence[WindowRow] = ()) -> list[Evidence]:
    """Where a call's defects were heard; while it is open, in the windows that are there."""
    found = [(item.channel, one.defect, one.evidence) for item in row.verdicts for one in item.defects]
    if row.status == "open":
        by_place: dict[tuple[str, int], list[Span]] = {}
        for window in windows:
            for place, spans in enumerate(window.evidence):
                by_place.setdefault((window.channel, place), []).extend(spans)
        found = [(channel, NAMES[place], joined(spans)) for (channel, place), spans in sorted(by_place.items())]
    return [
        Evidence(channel=channel, defect=defect, start_ms=start, end_ms=end, score=score)
        for channel, defect, spans in found
        for start, end, score in spans
    ]


def defects_of(row: CallRow) -> tuple[str, ...]:
    """The names that a call's windows have a value for, in order; while it is open, those of the taxonomy."""
    return tuple(one.defect for one in row.verdicts[0].defects) if row.verdicts else NAMES


def windows(rows: Iterable[WindowRow], defects: tuple[str, ...]) -> list[Window]:
    """A call's windows."""
    return [
        Window(
            channel=row.channel,
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            speech_ms=row.speech_ms,
            probability=dict(zip(defects, row.probability, strict=False)),
        )
        for row in rows
    ]


def label(row: LabelRow) -> Label:
    """What somebody said."""
    return Label(
        channel=row.channel,
        start_ms=row.start_ms,
        defect=row.defect,
        label=row.label,
        by=row.by,
        comment=row.comment,
        at=row.at,
    )
