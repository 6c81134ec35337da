"""Which calls statistics are about, and the subquery that reads them; values are parameters of the server, no text."""

from datetime import datetime
from typing import Any

import msgspec

from diktor.defects import NAMES, by_name
from diktor.errors import QueryError
from diktor.store.filters import milliseconds


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Scored calls that started in [`since`, `until`), and what of them is asked for.

    None is no limit; an empty tuple chooses nothing, so that a supervisor without teams sees no calls. Customers are
    not judged as operators: their channel counts only where it is named. The one of mono recordings is `mixed`.

    Raises:
        QueryError: a time without a zone, a period that ends before it begins, a defect that does not exist.
    """

    since: datetime
    until: datetime
    teams: tuple[str, ...] | None = None
    operators: tuple[str, ...] | None = None
    releases: tuple[int, ...] | None = None
    channels: tuple[str, ...] = ("operator",)
    defects: tuple[str, ...] = NAMES

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise QueryError("The period's times have no zone", "Write 2026-01-31T00:00:00+03:00")
        if self.since > self.until:
            raise QueryError(f"The period ends before it begins: {self.since:%F %T} to {self.until:%F %T}")
        for name in self.defects:
            try:
                by_name(name)
            except KeyError as error:
                raise QueryError(str(error.args[0])) from error


class Part(msgspec.Struct, frozen=True):
    """A piece of SQL and the values of its parameters."""

    sql: str
    parameters: dict[str, Any]


def judgements(selection: Selection) -> Part:
    """A subquery with a row per scored call, chosen channel and defect (all defects: talk is counted at the first).

    Columns: call_id, operator_id, team_id, started_at, release of the call; channel, defect, name, risk, talk_ms,
    windows, spoken, probability of the entry; opens_call, opens_channel (the first row of the call, of its channel).
    The engine reads those that are used. FINAL makes a call that was written again count once, by its newest row.
    """
    where, parameters = _conditions(selection)
    return Part(_JUDGEMENTS.format(where=where), {"channels": list(selection.channels), **parameters})


_JUDGEMENTS = """
    SELECT call_id, operator_id, team_id, started_at, release, channel, defect, name, risk, talk_ms, windows, spoken,
        probability, place = first AS opens_call, nth = 1 AS opens_channel
    FROM
    (
        SELECT call_id, operator_id, team_id, started_at, release, verdict.channel AS channels,
            verdict.defect AS defects, verdict.name AS names, verdict.risk AS risks, verdict.talk_ms AS talk,
            verdict.windows AS counts, verdict.spoken AS spokens, verdict.probability AS probabilities,
            arrayFirstIndex(c -> has({{channels:Array(String)}}, c), channels) AS first
        FROM calls FINAL
        WHERE {where}
    )
    ARRAY JOIN
        channels AS channel, defects AS defect, names AS name, risks AS risk, talk AS talk_ms, counts AS windows,
        spokens AS spoken, probabilities AS probability,
        arrayEnumerate(channels) AS place, arrayEnumerateUniq(channels) AS nth
    WHERE has({{channels:Array(String)}}, channel)"""


def _conditions(selection: Selection) -> tuple[str, dict[str, Any]]:
    conditions = [
        "status = 'scored'",
        "started_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')",
        "started_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')",
    ]
    parameters: dict[str, Any] = {"since": milliseconds(selection.since), "until": milliseconds(selection.until)}
    for column, type_, chosen in (
        ("team_id", "String", selection.teams),
        ("operator_id", "String", selection.operators),
        ("release", "UInt32", selection.releases),
    ):
        if chosen is not None:
            conditions.append(f"{column} IN {{{column}s:Array({type_})}}")
            parameters[f"{column}s"] = list(chosen)
    return " AND ".join(conditions), parameters
