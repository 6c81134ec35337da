"""What training did to calls: those before the first attempt held against those after."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from diktor.store.comparison import Pair, compared
from diktor.store.selection import Selection
from diktor.store.statistics import Statistics
from diktor.wire.stats import DefectEffect, Effect, Finding
from services.api.training.trained import trained


async def of_training(
    statistics: Statistics, session: AsyncSession, chosen: Selection, days: int, attempts: int, minimum_calls: int
) -> Effect:
    """Of the operators and teams chosen; their calls in other teams are not looked at."""
    spans = await trained(session, chosen.teams, chosen.operators, attempts)
    found = await statistics.around(chosen, spans, days)
    return Effect(
        days=days,
        attempts=attempts,
        minimum_calls=minimum_calls,
        trained=len(spans),
        defects=[_of_defect(name, pairs, minimum_calls) for name, pairs in found.pairs.items()],
        releases_before=list(found.releases_before),
        releases_after=list(found.releases_after),
    )


def _of_defect(defect: str, pairs: Sequence[Pair], minimum_calls: int) -> DefectEffect:
    enough = [pair for pair in pairs if pair.enough(minimum_calls)]
    result = compared(enough) if enough else None
    finding: Finding = "not_enough_calls"
    if result is not None:
        finding = "better" if result.high < 0 else "worse" if result.low > 0 else "unclear"
    return DefectEffect(
        defect=defect,
        finding=finding,
        calls_before=sum(pair.before.calls for pair in pairs),
        calls_after=sum(pair.after.calls for pair in pairs),
        compared=result,
    )
