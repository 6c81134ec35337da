"""From windows to a verdict: enough evidence or none, risk at the threshold is 50, order does not matter."""

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest

from diktor.defects import CLASSES, NAMES
from diktor.releases import Calibration, DefectCalibration, Release
from diktor.rows import Span, WindowRow
from diktor.scoring.verdict import class_of, named, verdicts

RELEASE = Release(
    1, "test", "", "", "", ("a", "b"),
    (
        DefectCalibration("rhotacism", call=Calibration(2.0, 0.0), minimum_markers=5),
        DefectCalibration("fricative_g", minimum_markers=3),
        DefectCalibration("stuttering", minimum_speech_ms=5000),
    ),
    ("р", "г"), CLASSES,
)  # fmt: skip


def windows(probability: tuple[float, float, float], count: int = 5, **more: object) -> list[WindowRow]:
    row = WindowRow("c", "operator", 0, 5000, 4000, probability, (4.0, 2.0), ((), (), ()), 1, datetime.now(UTC))
    rows = [msgspec.structs.replace(row, start_ms=4000 * k, end_ms=4000 * k + 5000) for k in range(count)]
    return [msgspec.structs.replace(item, **more) for item in rows]


def test_the_threshold_lies_at_fifty() -> None:
    (verdict,) = verdicts(windows((0.5, 0.9, 0.1)), RELEASE)
    risks = {item.defect: item.risk for item in verdict.defects}
    assert risks["rhotacism"] == 50.0
    assert risks["fricative_g"] == pytest.approx(90, abs=0.2)
    assert risks["stuttering"] == pytest.approx(10, abs=0.2)
    assert [item.verdict for item in verdict.defects] == ["likely", "likely", "none"]
    assert class_of(verdict) == NAMES.index("fricative_g") + 1


def test_windows_may_come_in_any_order_and_channels_are_apart() -> None:
    rows = windows((0.9, 0.1, 0.1)) + windows((0.1, 0.1, 0.9), channel="customer")
    shuffled = rows[:]
    Random(1).shuffle(shuffled)
    assert verdicts(shuffled, RELEASE) == verdicts(rows, RELEASE)
    assert [verdict.channel for verdict in verdicts(rows, RELEASE)] == ["customer", "operator"]


def test_too_few_marker_sounds_are_not_enough_evidence() -> None:
    (verdict,) = verdicts(windows((0.99, 0.99, 0.01), count=1, markers=(4.9, 3.0)), RELEASE)
    found = {item.defect: (item.verdict, item.risk) for item in verdict.defects}
    assert found["rhotacism"] == ("not_enough_evidence", None)
    assert found["fricative_g"][0] == "likely"
    assert found["stuttering"] == ("not_enough_evidence", None)  # 4 s of speech


def test_windows_without_speech_say_nothing() -> None:
    silent = windows((), count=3, speech_ms=0, markers=(), evidence=())
    (verdict,) = verdicts(silent, RELEASE)
    assert {item.verdict for item in verdict.defects} == {"not_enough_evidence"}
    assert (verdict.windows, verdict.talk_ms, verdict.duration_ms) == (3, 0, 13000)
    assert class_of(verdict) == 0
    assert (verdict.spoken, {item.probability for item in verdict.defects}) == (0, {None})


def test_the_mean_probability_is_that_of_the_windows_with_speech() -> None:
    loud, soft = windows((0.9, 0.5, 0.1), count=3), windows((0.3, 0.5, 0.2), count=4)[3:]
    silent = windows((), count=6, speech_ms=0, markers=(), evidence=())[4:]
    (verdict,) = verdicts(loud + soft + silent, RELEASE)
    assert (verdict.windows, verdict.spoken) == (6, 4)
    assert [item.probability for item in verdict.defects] == pytest.approx([0.75, 0.5, 0.125])


def test_evidence_of_overlapping_windows_is_joined_in_the_verdict() -> None:
    one, two = windows((0.9, 0.1, 0.1), count=2)
    one = msgspec.structs.replace(one, evidence=((Span(4100, 4200, 0.6),), (), ()))
    two = msgspec.structs.replace(two, evidence=((Span(4110, 4220, 0.8),), (), ()))
    (verdict,) = verdicts([one, two], RELEASE)
    assert verdict.defects[0].evidence == (Span(4100, 4220, 0.8),)


@pytest.mark.parametrize(
    ("risk", "word"), [(0, "none"), (34.9, "none"), (35, "possible"), (49.9, "possible"), (50, "likely")]
)
def test_the_contracts_words(risk: float, word: str) -> None:
    assert named(risk) == word
