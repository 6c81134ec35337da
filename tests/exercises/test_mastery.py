"""Mastery is 100 − risk, in words that say where; what cannot be judged is not part of the whole."""

import pytest

from diktor.exercises.mastery import Mastery, mastery, tempo_mastery
from diktor.exercises.reading import Reading, ReadWord
from diktor.rows import ChannelVerdict, DefectVerdict, Span
from diktor.wire.training import PartMastery, Sound

TEXT = "Орёл на горе, перо́ на орле."


def judged(
    rhotacism: float | None, fricative: float | None = 3.0, stuttering: float | None = 10.0, *practised: Sound
) -> Mastery:
    """The text said at 400 ms a word but for its last word, with evidence of every defect on its third and fourth."""
    words = tuple(ReadWord(k, 0, k * 400, k * 400 + 400) for k in range(5))
    evidence = (Span(1100, 1300, 0.9),)
    risks = {"rhotacism": rhotacism, "fricative_g": fricative, "stuttering": stuttering}
    defects = tuple(DefectVerdict(name, risk, "none", 3.0, evidence) for name, risk in risks.items())
    reading = Reading(words, 1, 5 / 6, 0.9, 0.9, 5.0)
    return mastery(TEXT, set(practised), reading, ChannelVerdict("mixed", 2400, 1, 2000, defects))


def parts(found: Mastery) -> dict[str, PartMastery]:
    return {part.part: part for part in found.parts}


def test_each_part_is_100_minus_its_risk_and_names_the_words() -> None:
    found = parts(judged(80.0))
    assert found["r"].mastery == 20.0
    assert [place.word for place in found["r"].places] == ["горе", "перо́"]  # not «на»: it has no р
    assert found["r"].says.ru == "Звук [р] звучит нечисто: «горе», «перо́»."
    assert (found["r"].places[0].start_ms, found["r"].places[0].end_ms) == (800, 1200)
    assert found["g"].mastery == 97.0
    assert found["g"].places == []
    assert found["completeness"].says.en == "5 of 6 words were heard; not heard: «орле»."


def test_the_whole_is_the_mean_and_counts_twice_what_is_practised() -> None:
    assert judged(80.0).total == pytest.approx((20 + 97 + 90 + 100 + 83.3) / 5, abs=0.1)
    assert judged(80.0, 3.0, 10.0, "r").total == pytest.approx((2 * 20 + 97 + 90 + 100 + 83.3) / 6, abs=0.1)


def test_a_part_without_evidence_is_told_and_left_out() -> None:
    found = judged(0.0, None, None)
    assert parts(found)["g"].mastery is None
    assert "Звука [г] слишком мало" in parts(found)["g"].says.ru
    assert "too little speech to judge its fluency: say the text 5 times in a row" in parts(found)["fluency"].says.en
    assert found.total == pytest.approx((100 + 100 + 83.3) / 3, abs=0.1)


@pytest.mark.parametrize(("rate", "expected"), [(0.5, 0), (2.5, 50), (4.0, 100), (6.0, 100), (8.0, 100), (10.0, 50)])
def test_tempo_has_a_wide_band_of_full_marks(rate: float, expected: float) -> None:
    assert tempo_mastery(rate) == expected
    assert tempo_mastery(rate + 20) == 0
