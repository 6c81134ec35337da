"""What two releases said of the same windows: verdicts' rows and those of trials together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.settings import Settings
from diktor.store.connection import connect, fetched

_SCORED = """\
SELECT call_id, channel, start_ms, end_ms, probability, scored_at FROM {table} FINAL
WHERE release = {{{side}:UInt32}} AND notEmpty(probability)"""


class Paired(NamedTuple):
    """`first` (K, D) and `second` (K, E): probabilities of K windows that both scored; of how many calls they are."""

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    calls: int


async def paired(settings: Settings, first: int, second: int, limit: int) -> Paired:
    """The newest `limit` windows that both releases scored: the same call, channel, start and end.

    Raises:
        UnavailableError: ClickHouse is away.
        StoreError: it refuses the query.
    """
    sides = [
        " UNION ALL ".join(_SCORED.format(table=table, side=side) for table in ("windows", "shadow_windows"))
        for side in ("a", "b")
    ]
    query = f"""\
SELECT x.call_id, x.probability, y.probability FROM ({sides[0]}) AS x INNER JOIN ({sides[1]}) AS y
ON x.call_id = y.call_id AND x.channel = y.channel AND x.start_ms = y.start_ms AND x.end_ms = y.end_ms
ORDER BY x.scored_at DESC LIMIT {{n:UInt32}}"""
    client = await connect(settings)
    try:
        limits = {"max_threads": settings.statistics_threads}
        rows = await fetched(client, settings, query, {"a": first, "b": second, "n": limit}, limits)
    finally:
        await client.close()
    calls = len({call_id for call_id, _, _ in rows})
    return Paired(np.array([row[1] for row in rows], float), np.array([row[2] for row in rows], float), calls)
