"""Calls as people look at them: pages of a list, what changed since a moment, tables to take away."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.rows import CallRow, Status
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import fetched, translated
from diktor.store.filters import CallFilter, Format, Place, milliseconds
from diktor.store.sight import Sight

_EXPORT = """
SELECT call_id, formatDateTime(started_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS started_at_utc, operator_id, team_id,
    direction, release, toString(status) AS status, entry.1 AS channel, entry.2 AS defect,
    if(channel = '' OR isNaN(entry.3), NULL, entry.3) AS risk, entry.4 AS verdict, entry.5 AS markers,
    entry.6 AS talk_ms
FROM
(
    SELECT *, arrayZip(verdict.channel, verdict.defect, verdict.risk, verdict.name, verdict.markers, verdict.talk_ms)
        AS entries
    FROM calls FINAL WHERE {where}
)
LEFT ARRAY JOIN entries AS entry
"""
"""A line per call, channel and defect; a call without a verdict has one with empty columns."""

_FORMATS: dict[Format, str] = {"csv": "CSVWithNames", "parquet": "Parquet"}


class Browse:
    """Reading on the store's connection; errors as those of `Store`."""

    def __init__(self, store: Store, client: AsyncClient, settings: Settings) -> None:
        self._store, self._client, self._settings = store, client, settings

    async def page(self, wanted: CallFilter, after: Place | None, limit: int) -> tuple[list[CallRow], Place | None]:
        """Up to `limit` calls, the newest first, and where the next page begins; None: there is none."""
        where, values = wanted.condition()
        if after is not None:
            where += " AND (toUnixTimestamp64Milli(started_at), call_id) < ({after_ms:Int64}, {after_id:String})"
            values |= {"after_ms": after.started_ms, "after_id": after.call_id}
        query = f"""SELECT call_id, toUnixTimestamp64Milli(started_at) AS at FROM calls FINAL WHERE {where}
            ORDER BY at DESC, call_id DESC LIMIT {{n:UInt32}}"""
        found = await self._rows(query, {**values, "n": limit + 1})
        rows = await self.known([call_id for call_id, _ in found[:limit]])
        more = found[limit - 1] if len(found) > limit else None
        return rows, Place(more[1], more[0]) if more else None

    async def known(self, call_ids: Sequence[str]) -> list[CallRow]:
        """Those of the calls that are there, in this order."""
        if not call_ids:
            return []
        rows = await self._store.calls(call_ids)
        return [rows[call_id] for call_id in call_ids if call_id in rows]

    async def seen(self, call_id: str, sight: Sight) -> CallRow | None:
        """A call, if it is there and may be seen."""
        row = await self._store.call(call_id)
        return row if row is not None and sight.sees(row.team_id, row.operator_id) else None

    async def changes(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """The calls that were written since then and when, in that order; of more than `limit` the newest."""
        query = """SELECT call_id, max(updated_at) AS at FROM calls
            WHERE updated_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
            GROUP BY call_id ORDER BY at DESC, call_id LIMIT {n:UInt32}"""
        rows = await self._rows(query, {"since": milliseconds(since), "n": limit})
        return [(call_id, at.replace(tzinfo=UTC)) for call_id, at in reversed(rows)]

    async def changed(self, since: datetime, limit: int) -> list[CallRow]:
        """The same calls as they are now."""
        rows = await self.known([call_id for call_id, _ in await self.changes(since, limit)])
        return sorted(rows, key=lambda row: row.updated_at)

    async def statuses(self, call_ids: Sequence[str]) -> dict[str, Status]:
        """How far those of the calls are that are there."""
        query = "SELECT call_id, toString(status) FROM calls FINAL WHERE call_id IN {ids:Array(String)}"
        return dict(await self._rows(query, {"ids": list(call_ids)}))

    async def labelled(self, call_ids: Sequence[str]) -> frozenset[str]:
        """Those of the calls that somebody reviewed."""
        query = "SELECT DISTINCT call_id FROM labels WHERE call_id IN {ids:Array(String)}"
        return frozenset(call_id for (call_id,) in await self._rows(query, {"ids": list(call_ids)}))

    @asynccontextmanager
    async def table(self, wanted: CallFilter, format_: Format) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file with a line per call, channel and defect, as the engine makes them: never held whole."""
        where, values = wanted.condition()
        limits = {"max_threads": self._settings.statistics_threads, "format_csv_null_representation": ""}
        with translated(self._settings):
            stream = await self._client.raw_stream(
                _EXPORT.format(where=where), parameters=values, fmt=_FORMATS[format_], settings=limits
            )
            async with stream as chunks:
                yield chunks

    async def _rows(self, query: str, values: dict[str, Any]) -> list[Any]:
        return await fetched(self._client, self._settings, query, values, {"max_threads": 1})
