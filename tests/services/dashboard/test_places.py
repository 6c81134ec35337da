"""Pieces of evidence and the windows in which people judge them."""

from datetime import UTC, datetime

import msgspec

from diktor.rows import VerdictName
from diktor.wire.calls import Call, CallDetail, Evidence, Judgement, Label, Window
from services.dashboard.pages.calls.places import places
from services.dashboard.pages.calls.plot import drawn

AT = datetime(2026, 11, 26, tzinfo=UTC)


def window(start_ms: int, probability: float | None) -> Window:
    said = {} if probability is None else {"rhotacism": probability}
    return Window(
        channel="operator", start_ms=start_ms, end_ms=start_ms + 5000, speech_ms=4000, probability=said
    )  # fmt: skip


def piece(start_ms: int) -> Evidence:
    return Evidence(channel="operator", defect="rhotacism", start_ms=start_ms, end_ms=start_ms + 100, score=0.9)


def label(start_ms: int) -> Label:
    return Label(
        channel="operator", start_ms=start_ms, defect="rhotacism", label="rejected", by="user:1", comment="", at=AT
    )


def detail(verdict: VerdictName = "likely", **parts: list[object]) -> CallDetail:
    judged = Judgement(channel="operator", defect="rhotacism", risk=60.0, verdict=verdict, markers=5.0)
    call = Call(
        call_id="c", operator_id="op", team_id="north", direction="inbound", started_at=AT, status="scored",
        reason="end", release=1, channels=["operator"], duration_ms=13_000, talk_ms=9000, judgements=[judged],
        updated_at=AT,
    )  # fmt: skip
    windows = [window(0, 0.2), window(4000, 0.8), window(8000, None)]
    whole = CallDetail(call=call, evidence=[], windows=windows, labels=[], recorded=False)
    return msgspec.structs.replace(whole, **parts)


def test_a_piece_in_two_windows_is_judged_in_the_one_that_was_surest() -> None:
    (found,) = places(detail(evidence=[piece(4200)]))
    assert (found.window, found.label) == (4000, "")


def test_a_piece_shows_the_label_of_either_window_that_holds_it() -> None:
    (found,) = places(detail(evidence=[piece(4200)], labels=[label(0)]))
    assert (found.window, found.label) == (0, "rejected")


def test_what_was_judged_likely_without_a_piece_has_its_worst_window_to_hear() -> None:
    (found,) = places(detail())
    assert (found.start_ms, found.end_ms, found.window) == (4000, 9000, 4000)
    assert places(detail(verdict="none")) == []
    (said,) = places(detail(verdict="none", labels=[label(0)]))
    assert (said.window, said.label) == (0, "rejected")


def test_the_other_channels_lines_are_there_when_they_are_asked_for() -> None:
    windows = [window(0, 0.2), msgspec.structs.replace(window(0, 0.9), channel="customer")]
    traces = drawn(detail(windows=windows), []).select_traces({"type": "scatter", "mode": "lines"})
    shown = {(line.visible, line.y[0]) for line in traces if line.name.startswith("Картавость")}
    assert shown == {(True, 20.0), ("legendonly", 90.0)}


def test_a_window_without_speech_or_not_scored_yet_is_blank_in_the_plot() -> None:
    figure = drawn(detail(windows=[window(0, 0.2), window(8000, None), window(12_000, 0.7)]), [])
    strip = next(trace for trace in figure.data if trace.type == "heatmap")
    assert [list(row) for row in strip.z] == [[0.2, None, None, 0.7]]
    assert [moment[-8:-4] for moment in strip.x] == ["0:00", "0:05", "0:08", "0:12", "0:17"]
