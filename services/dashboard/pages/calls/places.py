"""What there is to listen to in a call: pieces of evidence, each with the window in which a person judges it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from diktor.wire.calls import CallDetail, Evidence, Judgement, Label, Window

SUSPICIOUS = ("possible", "likely")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence, or a whole window where no piece stands for it. Times are ms from the call's start.

    `window` is the start of the window that a label goes to; None: it is not there any more.
    """

    channel: str
    defect: str
    start_ms: int
    end_ms: int
    score: float
    window: int | None
    label: str = ""
    comment: str = ""

    def plain(self) -> dict[str, Any]:
        """As a browser's script reads it."""
        return dict(msgspec.to_builtins(self))


def places(detail: CallDetail) -> list[Place]:
    """In the order in which they are heard.

    Beside the evidence: windows that somebody judged, and the most suspicious one of what was judged possible or likely
    without a piece of evidence.
    """
    by_channel: dict[str, list[Window]] = {}
    for window in sorted(detail.windows, key=lambda one: one.start_ms):
        if window.probability:
            by_channel.setdefault(window.channel, []).append(window)
    said = {(label.channel, label.start_ms, label.defect): label for label in detail.labels}
    found = [_of(piece, by_channel.get(piece.channel, ()), said) for piece in detail.evidence]
    taken = {(place.channel, place.window, place.defect) for place in found}
    found += [_judged(label, by_channel.get(label.channel, ())) for key, label in said.items() if key not in taken]
    heard = {(place.channel, place.defect) for place in found}
    for one in detail.call.judgements:
        if one.verdict in SUSPICIOUS and (one.channel, one.defect) not in heard:
            found += _worst(one, by_channel.get(one.channel, ()))
    return sorted(found, key=lambda place: place.start_ms)


def _of(piece: Evidence, windows: Sequence[Window], said: dict[tuple[str, int, str], Label]) -> Place:
    middle = (piece.start_ms + piece.end_ms) / 2
    around = [window for window in windows if window.start_ms <= middle < window.end_ms]
    # Windows overlap: what is judged already holds the label, else the one that was the most sure.
    judged = [one for one in around if (piece.channel, one.start_ms, piece.defect) in said]
    chosen = max(judged or around, key=lambda one: one.probability.get(piece.defect, 0.0), default=None)
    label = said.get((piece.channel, chosen.start_ms, piece.defect)) if chosen else None
    return Place(
        channel=piece.channel,
        defect=piece.defect,
        start_ms=piece.start_ms,
        end_ms=piece.end_ms,
        score=piece.score,
        window=chosen.start_ms if chosen else None,
        label=label.label if label else "",
        comment=label.comment if label else "",
    )


def _judged(label: Label, windows: Iterable[Window]) -> Place:
    window = next((one for one in windows if one.start_ms == label.start_ms), None)
    if window:
        return _whole(label.channel, label.defect, window, label)
    return Place(
        channel=label.channel,
        defect=label.defect,
        start_ms=label.start_ms,
        end_ms=label.start_ms,
        score=0.0,
        window=None,
        label=label.label,
        comment=label.comment,
    )


def _worst(one: Judgement, windows: Sequence[Window]) -> list[Place]:
    found = sorted(windows, key=lambda window: -window.probability.get(one.defect, 0.0))[:1]
    return [_whole(one.channel, one.defect, window) for window in found]


def _whole(channel: str, defect: str, window: Window, label: Label | None = None) -> Place:
    return Place(
        channel=channel,
        defect=defect,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        score=window.probability.get(defect, 0.0),
        window=window.start_ms,
        label=label.label if label else "",
        comment=label.comment if label else "",
    )
