"""Members against each other: does the ensemble help, and what does int8 cost?"""

from collections.abc import Sequence

import numpy as np

from diktor.defects import Taxonomy
from diktor.learning.calibration import calibrate, trial_release
from diktor.learning.calls import Scored
from diktor.learning.report import classes
from diktor.learning.report.bootstrap import Draws, Figure
from diktor.learning.report.document import Member, Quantisation
from diktor.learning.report.judged import Judged
from diktor.learning.report.kept import alone
from diktor.learning.report.levels import area, lower
from diktor.learning.report.rows import Level, rows_of, window_rows


def members(names: Sequence[str], dev: Sequence[Scored], whole: Judged) -> tuple[Member, ...]:
    """All together first, then each alone, calibrated on the development calls for itself.

    Of what a member has no say in there are no figures, and then none of classes either.
    """
    places = range(len(whole.taxonomy.defects))
    found = [_member("all together", whole, places)]
    for number, name in enumerate(names if len(names) > 1 else ()):
        release = trial_release(calibrate(alone(dev, number), (name,), whole.taxonomy), (name,), whole.taxonomy)
        heard = [place for place in places if not np.isnan(dev[0].windows[0].outputs.without[number, 0, place])]
        found.append(_member(name, Judged(alone(whole.scored, number), release, whole.repeats), heard))
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


def _member(name: str, judged: Judged, heard: Sequence[int]) -> Member:
    taxonomy = judged.taxonomy
    of_calls = classes.of_calls(judged.scored, judged.verdicts, taxonomy)
    return Member(
        name=name,
        macro_f1=classes.macro(of_calls, judged.draws, taxonomy) if len(heard) == len(taxonomy.defects) else Figure(),
        call_auc=_areas(judged, "call", heard),
        window_auc=_areas(judged, "window", heard),
        word_auc=_areas(judged, "word", heard),
    )


def _areas(judged: Judged, level: Level, heard: Sequence[int]) -> dict[str, Figure]:
    rows = rows_of(level, judged.scored, judged.verdicts, judged.taxonomy)
    return {
        name: area(own, judged.draws) if place in heard else Figure()
        for place, (name, own) in enumerate(zip(judged.taxonomy.names, rows, strict=True))
        if level != "word" or np.any(own.target)
    }
