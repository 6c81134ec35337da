"""Deleting calls from ClickHouse for good: every row of them in every table, not only those that are visible."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.settings import Settings
from diktor.store.connection import fetched, translated
from diktor.store.filters import milliseconds

TABLES = ("labels", "windows", "shadow_windows", "calls")
"""Calls last: while one is there, an erasure that was broken off finds it again."""

IDS = 500
"""Call ids in one statement: they travel in its address."""

_COLUMNS = {"operator": "operator_id", "caller": "source"}


class Remains:
    """What the store still has of calls; errors as those of `Store`."""

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client, self._settings = client, settings

    async def calls_of(self, who: Literal["operator", "caller"], value: str, until: datetime) -> list[str]:
        """Calls of an operator, or from a source (what telephony names the caller by), that began until then."""
        query = f"""SELECT DISTINCT call_id FROM calls WHERE {_COLUMNS[who]} = {{value:String}}
            AND started_at <= fromUnixTimestamp64Milli({{until:Int64}}, 'UTC')"""
        return [call_id for (call_id,) in await self._rows(query, {"value": value, "until": milliseconds(until)})]

    async def present(self, call_ids: Iterable[str]) -> frozenset[str]:
        """Those of the calls that any table has a row of."""
        found: set[str] = set()
        for ids in _parts(call_ids):
            for table in TABLES:
                query = f"SELECT DISTINCT call_id FROM {table} WHERE call_id IN {{ids:Array(String)}}"
                found |= {call_id for (call_id,) in await self._rows(query, {"ids": ids})}
        return frozenset(found)

    async def delete(self, call_ids: Iterable[str]) -> None:
        """Rewrite the tables without these calls; returns when that is done."""
        cluster = self._settings.clickhouse_cluster
        where = f"ON CLUSTER `{cluster}`" if cluster else ""
        for ids in _parts(call_ids):
            for table in TABLES:
                with translated(self._settings):
                    await self._client.command(
                        f"ALTER TABLE {table} {where} DELETE WHERE call_id IN {{ids:Array(String)}}",
                        parameters={"ids": ids},
                        settings={"mutations_sync": 2},
                    )

    async def _rows(self, query: str, values: dict[str, Any]) -> Sequence[Any]:
        return await fetched(self._client, self._settings, query, values)


def _parts(call_ids: Iterable[str]) -> Iterator[list[str]]:
    ids = sorted(set(call_ids))
    yield from (ids[first : first + IDS] for first in range(0, len(ids), IDS))
