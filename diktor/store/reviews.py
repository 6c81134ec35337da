"""What waits for a person's word: of scored calls that nobody labelled, the windows that decided."""

from typing import NamedTuple

from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.settings import Settings
from diktor.store.connection import fetched
from diktor.store.filters import CallFilter

_WAITING = """
SELECT call_id, channel, defect FROM
(
    SELECT call_id, entry.1 AS channel, entry.2 AS defect, entry.3 AS risk
    FROM calls FINAL ARRAY JOIN arrayZip(verdict.channel, verdict.defect, verdict.risk) AS entry
    WHERE {where} AND has({{channels:Array(String)}}, channel) AND risk >= {{least:Float64}} {defect}
) AS judged
LEFT ANTI JOIN (SELECT call_id, channel, defect FROM labels) AS said USING (call_id, channel, defect)
ORDER BY risk DESC, call_id, channel, defect LIMIT {{n:UInt32}}
"""

_WINDOW = """
SELECT call_id, channel, start_ms, end_ms, probability, evidence FROM windows FINAL
WHERE call_id IN {ids:Array(String)} AND notEmpty(probability)
"""


class Waiting(NamedTuple):
    """A call's channel and a defect that it may have, without any label."""

    call_id: str
    channel: str
    defect: str


class Heard(NamedTuple):
    """A window with speech: probability and evidence spans (start_ms, end_ms, score) by the defect's place."""

    call_id: str
    channel: str
    start_ms: int
    end_ms: int
    probability: list[float]
    evidence: list[list[tuple[int, int, float]]]


async def waiting(client: AsyncClient, settings: Settings, wanted: CallFilter, least: float, n: int) -> list[Waiting]:
    """Up to `n`, the riskiest first, of calls that `wanted` means; `least` is the lowest risk.

    Raises:
        UnavailableError: ClickHouse is away.
    """
    where, values = wanted.condition()
    narrowed = "AND defect = {defect:String}" if wanted.defect is not None else ""
    values |= {"channels": list(wanted.channels), "least": least, "n": n}
    limits = {"max_threads": settings.statistics_threads}
    query = _WAITING.format(where=where, defect=narrowed)
    return [Waiting(*row) for row in await fetched(client, settings, query, values, limits)]


async def heard(client: AsyncClient, settings: Settings, call_ids: list[str]) -> list[Heard]:
    """The windows with speech of some calls.

    Raises:
        UnavailableError: ClickHouse is away.
    """
    return [Heard(*row) for row in await fetched(client, settings, _WINDOW, {"ids": call_ids})]


def most_suspicious(windows: list[Heard], item: Waiting, place: int) -> Heard | None:
    """The window to listen to: with evidence where any has it, then by its probability, the earliest of equal ones."""
    own = [
        row
        for row in windows
        if (row.call_id, row.channel) == (item.call_id, item.channel) and place < len(row.probability)
    ]
    return min(own, key=lambda row: (not row.evidence[place], -row.probability[place], row.start_ms), default=None)
