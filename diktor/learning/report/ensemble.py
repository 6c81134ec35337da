"""Members against each other: does the ensemble help, and what does int8 cost?"""

from collections.abc import Sequence

import numpy as np

from diktor.defects import Taxonomy
from diktor.learning.calibration import calibrate, trial_release
from diktor.learning.calls import Scored
from diktor.learning.report import classes
from diktor.learning.report.bootstrap import Draws
from diktor.learning.report.document import Member, Quantisation
from diktor.learning.report.judged import Judged
from diktor.learning.report.kept import alone
from diktor.learning.report.levels import area, lower
from diktor.learning.report.rows import rows_of, window_rows


def members(names: Sequence[str], dev: Sequence[Scored], whole: Judged) -> tuple[Member, ...]:
    """All together first, then each alone, calibrated on the development calls for itself."""
    found = [_member("all together", whole)]
    for number, name in enumerate(names if len(names) > 1 else ()):
        release = trial_release(calibrate(alone(dev, number), (name,), whole.taxonomy), (name,), whole.taxonomy)
        found.append(_member(name, Judged(alone(whole.scored, number), release, whole.repeats)))
    return tuple(found)


def quantisation(shipped: Sequence[Scored], exact: Sequence[Scored], taxonomy: Taxonomy) -> tuple[Quantisation, ...]:
    """The same calls, in the same order."""
    draws = Draws.of([item.call.version for item in exact])
    result = []
    for place, defect in enumerate(taxonomy.defects):
        small, full = (window_rows(heard, place, taxonomy) for heard in (shipped, exact))
        lost = lower(full, small, draws)
        result.append(Quantisation(defect.name, area(small, draws), area(full, draws), lost))
    return tuple(result)


def first_hearing(scored: Sequence[Scored], like: Sequence[Scored]) -> list[Scored]:
    """Of calls heard several times over the ones that `like` holds too."""
    known = {item.call.name: item for item in scored}
    return [known[item.call.name] for item in like]


def _member(name: str, judged: Judged) -> Member:
    calls, windows, words = (
        rows_of(level, judged.scored, judged.verdicts, judged.taxonomy) for level in ("call", "window", "word")
    )
    names = judged.taxonomy.names
    return Member(
        name=name,
        macro_f1=classes.macro(
            classes.of_calls(judged.scored, judged.verdicts, judged.taxonomy), judged.draws, judged.taxonomy
        ),
        call_auc={key: area(rows, judged.draws) for key, rows in zip(names, calls, strict=True)},
        window_auc={key: area(rows, judged.draws) for key, rows in zip(names, windows, strict=True)},
        word_auc={key: area(rows, judged.draws) for key, rows in zip(names, words, strict=True) if np.any(rows.target)},
    )
