"""A year of a call centre for `benchmarks.statistics`: 75,000 calls of two channels, ten million windows."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.defects import NAMES
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, Span, WindowRow
from diktor.scoring.verdict import named
from diktor.store.client import Store

WINDOWS = 67
"""Of a channel: four and a half minutes."""

OPERATORS, TEAMS, DAYS = 200, 20, 365
UNTIL = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
SINCE = UNTIL - timedelta(days=DAYS - 1)
"""Nothing is older than what is kept."""

BATCH = 2500

_WINDOWS = """
INSERT INTO windows
SELECT lower(hex(SHA256(toString(intDiv(number, {windows:UInt32} * 2))))) AS call_id,
    if(number % ({windows:UInt32} * 2) < {windows:UInt32}, 'operator', 'customer'),
    number % {windows:UInt32} * 4000 AS start, start + 5000,
    if(rand(1) % 10 < 6, 500 + rand(2) % 4500, 0) AS speech,
    if(speech = 0, [], [rand(3) / 4294967296, rand(4) / 4294967296, rand(5) / 4294967296]),
    if(speech = 0, [], [rand(6) / 1e9, rand(7) / 2e9]),
    if(speech = 0, [], [if(rand(8) % 5 = 0, [(start + 100, start + 180, rand(9) / 4294967296)], []),
        if(rand(10) % 9 = 0, [(start + 700, start + 800, rand(11) / 4294967296)], []), []]),
    1, now64(6) - toIntervalSecond(intDiv(({total:UInt64} - number) * 360 * 86400, {total:UInt64}))
FROM numbers({first:UInt64}, {count:UInt64})
SETTINGS max_insert_threads = 1, max_threads = 1
"""


async def fill(client: AsyncClient, store: Store, calls: int) -> None:
    """Windows made by the engine; calls through the store: a row that opens each, one with its verdict, some twice."""
    every = calls * 2 * WINDOWS
    for first in range(0, every, 500_000):
        count = min(500_000, every - first)
        await client.command(_WINDOWS, parameters={"windows": WINDOWS, "first": first, "count": count, "total": every})
    for rows in batches(calls):
        await store.insert_calls([opened(row) for row in rows])
        await store.insert_calls(rows)
        await store.insert_calls(rows[::20])
        await client.insert("labels", list(labels(rows)), column_names=_LABEL)


def batches(calls: int) -> Iterator[list[CallRow]]:
    """Finished calls, the oldest first."""
    random = np.random.default_rng(0)
    for first in range(0, calls, BATCH):
        yield [call(index, calls, random) for index in range(first, min(first + BATCH, calls))]


def call(index: int, calls: int, random: np.random.Generator) -> CallRow:
    """One finished call; later ones start later."""
    operator = int(random.integers(OPERATORS))
    moment = SINCE + (UNTIL - SINCE) * (index / calls)
    voices = tuple(_voice(name, random) for name in ("customer", "operator"))
    return CallRow(
        hashlib.sha256(str(index).encode()).hexdigest(), f"operator-{operator:03}", f"team-{operator % TEAMS:02}",
        "inbound", "pbx", moment, ("operator", "customer"), 1 + index * 3 // calls, index % 8, "scored", "end", voices,
        datetime.now(UTC),
    )  # fmt: skip


def opened(row: CallRow) -> CallRow:
    """As it was stored when it began."""
    return msgspec.structs.replace(row, status="open", verdicts=(), reason="")


def windows(call_id: str, first: int, count: int) -> list[WindowRow]:
    """Live windows of one channel."""
    span = (Span(first * 4000 + 100, first * 4000 + 180, 0.75),)
    return [
        WindowRow(
            call_id, "operator", k * 4000, k * 4000 + 5000, 3200, (0.5, 0.25, 0.125), (2.5, 1.0), (span, (), ()), 1,
            datetime.now(UTC),
        )
        for k in range(first, first + count)
    ]  # fmt: skip


_LABEL = ["call_id", "channel", "start_ms", "defect", "label", "by", "comment", "at"]


def labels(rows: list[CallRow]) -> Iterator[list[object]]:
    """A quarter of the calls were listened to."""
    for number, row in enumerate(rows[::4]):
        word = ("confirmed", "rejected", "other")[number % 3]
        yield [row.call_id, "operator", 4000 * (number % WINDOWS), NAMES[number % 3], word, "s", "", datetime.now(UTC)]


def _voice(name: str, random: np.random.Generator) -> ChannelVerdict:
    spoken = int(random.integers(20, WINDOWS))
    return ChannelVerdict(
        name, WINDOWS * 4000 + 1000, WINDOWS, spoken * 3000, tuple(_judged(defect, random) for defect in NAMES), spoken
    )


def _judged(defect: str, random: np.random.Generator) -> DefectVerdict:
    starts = np.sort(random.integers(0, WINDOWS * 4000, int(random.integers(12)))).tolist()
    spans = tuple(Span(start, start + 120, round(0.3 + start % 70 / 100, 2)) for start in starts)
    probability = round(float(random.random()), 6)
    if random.random() < 0.1:
        return DefectVerdict(defect, None, "not_enough_evidence", 1.0, spans, probability)
    risk = round(float(100 * random.beta(1.2, 3)), 1)
    return DefectVerdict(defect, risk, named(risk), round(float(random.random() * 40), 1), spans, probability)
