"""One class of four: the likely defect with the highest risk, else none, and nothing invented."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diktor.checking.four import CLASSES, probabilities
from diktor.errors import AudioError, QueryError
from diktor.rows import ChannelVerdict, DefectVerdict
from diktor.scoring.verdict import class_of, named

risks = st.one_of(st.none(), st.integers(0, 1000).map(lambda tenths: tenths / 10))


def channel(*found: float | None, names: tuple[str, ...] = CLASSES[1:]) -> ChannelVerdict:
    defects = (
        DefectVerdict(name, risk, "not_enough_evidence" if risk is None else named(risk), 5.0, ())
        for name, risk in zip(names, found, strict=True)
    )
    return ChannelVerdict("mixed", 9000, 2, 8000, tuple(defects), 2)


@given(st.tuples(risks, risks, risks).filter(any))
def test_the_highest_is_the_class_and_all_sum_to_one(found: tuple[float | None, ...]) -> None:
    verdict = channel(*found)
    answer = probabilities([verdict])
    assert sum(answer) == pytest.approx(1)
    known = [risk for risk in found if risk is not None]
    if known.count(max(known)) == 1:
        assert int(np.argmax(answer)) == class_of(verdict)


def test_the_worst_channel_decides() -> None:
    assert int(np.argmax(probabilities([channel(10, 20, 30), channel(None, 80, 10)]))) == 2


def test_what_could_not_be_judged_has_no_part() -> None:
    assert probabilities([channel(None, 20, 30)])[1] == 0


def test_where_nothing_could_be_judged_there_is_no_answer() -> None:
    with pytest.raises(AudioError, match="too little is said"):
        probabilities([channel(None, None, None)])


def test_a_release_of_other_defects_is_refused() -> None:
    with pytest.raises(QueryError, match="does not know rhotacism"):
        probabilities([channel(3, 4, names=("fricative_g", "stuttering"))])
