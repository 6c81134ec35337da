"""The table of labels: what people say of stored windows, and the windows there are to say something of."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.rows import LabelRow
from diktor.settings import Settings
from diktor.stamp import NEVER, stamp
from diktor.store.connection import connect, fetched, translated
from diktor.store.migrate import migrate

_LABEL = tuple(field.name for field in msgspec.structs.fields(LabelRow))

IDS = 500
"""Call ids in one query: they travel in its address."""

Key = tuple[str, str, int, str]
"""(call, channel, start_ms, defect)."""

Starts = dict[str, dict[str, dict[int, int]]]
"""By call and channel the windows that are stored, start → end in ms."""


class Labels:
    """An open connection; safe for many callers at once. Open it with `open`.

    Every method raises `UnavailableError` while ClickHouse is away and `StoreError` for what it refuses.
    """

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    @classmethod
    async def open(cls, settings: Settings) -> "Labels":
        """Connect, applying the migrations that are missing."""
        await migrate(settings)
        return cls(await connect(settings), settings)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def put(self, rows: Sequence[LabelRow]) -> None:
        """Store labels; returns when ClickHouse has them. One whose `at` is `NEVER` is of now, and replaces any other.

        Of two labels of the same defect in the same window the later one holds, whichever is stored first.
        """
        known = {key(row): row.at for row in await self.of({row.call_id for row in rows})}
        dated = [
            msgspec.structs.replace(row, at=stamp(known.get(key(row), NEVER))) if row.at == NEVER else row
            for row in rows
        ]
        with translated(self._settings):
            data = [[getattr(row, name) for name in _LABEL] for row in dated]
            await self._client.insert("labels", data, column_names=list(_LABEL))

    async def remove(self, call_id: str, channel: str, start_ms: int, defect: str) -> None:
        """Take a label back, with those it replaced; nothing where there is none."""
        cluster = self._settings.clickhouse_cluster
        statement = f"""ALTER TABLE labels {f"ON CLUSTER `{cluster}`" if cluster else ""} DELETE WHERE
            call_id = {{id:String}} AND channel = {{channel:String}} AND start_ms = {{start:UInt32}}
            AND defect = {{defect:String}}"""
        values = {"id": call_id, "channel": channel, "start": start_ms, "defect": defect}
        with translated(self._settings):
            await self._client.command(statement, parameters=values, settings={"mutations_sync": 2})

    async def of(self, call_ids: Iterable[str]) -> list[LabelRow]:
        """The labels of some calls, by key."""
        found: list[LabelRow] = []
        for ids in _parts(call_ids):
            found += await self._labels("WHERE call_id IN {ids:Array(String)}", ids=ids)
        return sorted(found, key=key)

    async def all(self) -> list[LabelRow]:
        """Every label, by key."""
        return await self._labels("")

    async def windows(self, call_ids: Iterable[str]) -> Starts:
        """The stored windows of some calls; a call without any is not there."""
        found: Starts = {}
        query = "SELECT call_id, channel, start_ms, end_ms FROM windows FINAL WHERE call_id IN {ids:Array(String)}"
        for ids in _parts(call_ids):
            for call, channel, start, end in await fetched(self._client, self._settings, query, {"ids": ids}):
                found.setdefault(call, {}).setdefault(channel, {})[start] = end
        return found

    async def _labels(self, where: str, **parameters: Any) -> list[LabelRow]:
        query = f"SELECT {', '.join(_LABEL)} FROM labels FINAL {where} ORDER BY call_id, channel, start_ms, defect"
        rows = await fetched(self._client, self._settings, query, parameters)
        return [_label(row) for row in rows]


def key(row: LabelRow) -> Key:
    """What there is one label of."""
    return row.call_id, row.channel, row.start_ms, row.defect


def _parts(call_ids: Iterable[str]) -> Iterator[list[str]]:
    ids = sorted(set(call_ids))
    yield from (ids[first : first + IDS] for first in range(0, len(ids), IDS))


def _label(values: Sequence[Any]) -> LabelRow:
    fields = dict(zip(_LABEL, values, strict=True))
    moment: datetime = fields["at"]
    fields["at"] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return LabelRow(**fields)
