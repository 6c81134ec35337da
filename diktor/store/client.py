"""The store: windows and calls, written in batches and read as they were written."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.rows import CallRow, ChannelVerdict, Span, WindowRow
from diktor.settings import Settings
from diktor.store.connection import connect, fetched, translated
from diktor.store.migrate import migrate

_WINDOW = tuple(field.name for field in msgspec.structs.fields(WindowRow))
_CALL = (
    "call_id operator_id team_id direction source started_at channels release partition status reason "
    "verdicts updated_at"
).split()
_CALL_DERIVED = (
    "duration_ms windows talk_ms verdict.channel verdict.defect verdict.risk verdict.name verdict.markers version"
).split()

_VERDICTS = msgspec.json.Decoder(tuple[ChannelVerdict, ...])

FINISHED = 1 << 62
"""Added to a finished call's version: no open row, however late, hides it."""


class Counts(NamedTuple):
    """Windows of some calls: visible ones, and rows before the engine has merged replacements."""

    visible: int
    written: int


class Store:
    """An open connection; safe for many callers at once. Open it with `open`.

    Every method raises `UnavailableError` while ClickHouse is away and `StoreError` for what it refuses.
    """

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    @classmethod
    async def open(cls, settings: Settings) -> "Store":
        """Connect, applying the migrations that are missing."""
        await migrate(settings)
        return cls(await connect(settings), settings)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def ping(self) -> None:
        """Ask for nothing but an answer."""
        await self._rows("SELECT 1")

    async def insert_windows(self, rows: Sequence[WindowRow]) -> None:
        """Store windows; returns when ClickHouse has them."""
        data = [[_plain(getattr(row, name)) for name in _WINDOW] for row in rows]
        await self._insert("windows", data, _WINDOW)

    async def insert_shadow_windows(self, rows: Sequence[WindowRow]) -> None:
        """Store what a release on trial says; returns when ClickHouse has it."""
        data = [[_plain(getattr(row, name)) for name in _WINDOW] for row in rows]
        await self._insert("shadow_windows", data, _WINDOW)

    async def insert_calls(self, rows: Sequence[CallRow]) -> None:
        """Store calls; returns when ClickHouse has them."""
        await self._insert("calls", [_call_values(row) for row in rows], (*_CALL, *_CALL_DERIVED))

    async def call(self, call_id: str) -> CallRow | None:
        """A call, if it is known."""
        return (await self.calls([call_id])).get(call_id)

    async def calls(self, call_ids: Iterable[str]) -> dict[str, CallRow]:
        """Those of the calls that are known."""
        rows = await self._rows(
            f"SELECT {', '.join(_CALL)} FROM calls FINAL WHERE call_id IN {{ids:Array(String)}}", ids=list(call_ids)
        )
        return {row[0]: _call(row) for row in rows}

    async def recent_calls(self, limit: int) -> list[CallRow]:
        """The newest calls, newest first."""
        return [
            _call(row)
            for row in await self._rows(
                f"SELECT {', '.join(_CALL)} FROM calls FINAL ORDER BY started_at DESC, call_id LIMIT {{n:UInt32}}",
                n=limit,
            )
        ]

    async def open_calls(self, partitions: Sequence[int]) -> list[CallRow]:
        """Calls without a verdict whose events lie in these partitions."""
        query = f"SELECT {', '.join(_CALL)} FROM calls FINAL WHERE status = 'open' AND partition IN {{ps:Array(Int32)}}"
        return [_call(row) for row in await self._rows(query, ps=list(partitions))]

    async def pinned_releases(self) -> frozenset[int]:
        """The releases that calls without a verdict are scored by."""
        rows = await self._rows("SELECT DISTINCT release FROM calls FINAL WHERE status = 'open'")
        return frozenset(int(number) for (number,) in rows)

    async def windows_of(self, call_id: str) -> list[WindowRow]:
        """Every window of a call, by channel and start."""
        rows = await self._rows(
            f"SELECT {', '.join(_WINDOW)} FROM windows FINAL WHERE call_id = {{id:String}} ORDER BY channel, start_ms",
            id=call_id,
        )
        return [_window(row) for row in rows]

    async def stored_starts(self, call_id: str) -> dict[str, dict[int, int]]:
        """For each channel of a call its stored windows, start → end in ms."""
        found: dict[str, dict[int, int]] = {}
        query = "SELECT channel, start_ms, end_ms FROM windows FINAL WHERE call_id = {id:String}"
        for channel, start, end in await self._rows(query, id=call_id):
            found.setdefault(channel, {})[start] = end
        return found

    async def newest_window(self, call_id: str) -> datetime:
        """When the latest of a call's windows was scored; 1970 when there is none."""
        query = "SELECT max(scored_at) FROM windows WHERE call_id = {id:String}"
        ((moment,),) = await self._rows(query, id=call_id)
        return _utc(moment)

    async def counts(self, call_ids: Iterable[str]) -> Counts:
        """How many windows these calls have."""
        ids = list(call_ids)
        where = "WHERE call_id IN {ids:Array(String)}"
        (visible,) = await self._rows(f"SELECT count() FROM windows FINAL {where}", ids=ids)
        (written,) = await self._rows(f"SELECT count() FROM windows {where}", ids=ids)
        return Counts(visible[0], written[0])

    async def _rows(self, query: str, **parameters: Any) -> list[Any]:
        return await fetched(self._client, self._settings, query, parameters)

    async def _insert(self, table: str, data: list[list[Any]], columns: Sequence[str]) -> None:
        with translated(self._settings):
            await self._client.insert(table, data, column_names=list(columns))


def _plain(value: Any) -> Any:
    """Tuples as the lists that the client writes as arrays; spans stay tuples."""
    if isinstance(value, tuple) and not isinstance(value, Span):
        return [_plain(item) for item in value]
    return tuple(value) if isinstance(value, Span) else value


def _call_values(row: CallRow) -> list[Any]:
    flat = [(verdict.channel, item) for verdict in row.verdicts for item in verdict.defects]
    derived = [
        max((verdict.duration_ms for verdict in row.verdicts), default=0),
        sum(verdict.windows for verdict in row.verdicts),
        sum(verdict.talk_ms for verdict in row.verdicts),
        [channel for channel, _ in flat],
        [item.defect for _, item in flat],
        [float("nan") if item.risk is None else item.risk for _, item in flat],
        [item.verdict for _, item in flat],
        [item.markers for _, item in flat],
        int(row.updated_at.timestamp() * 1e6) + (FINISHED if row.status != "open" else 0),
    ]
    plain = {"channels": list(row.channels), "verdicts": msgspec.json.encode(row.verdicts).decode()}
    return [plain.get(name, getattr(row, name)) for name in _CALL] + derived


def _call(values: Sequence[Any]) -> CallRow:
    fields = dict(zip(_CALL, values, strict=True))
    fields["started_at"] = _utc(fields["started_at"])
    fields["updated_at"] = _utc(fields["updated_at"])
    fields["channels"] = tuple(fields["channels"])
    fields["verdicts"] = _VERDICTS.decode(fields["verdicts"])
    return CallRow(**fields)


def _window(values: Sequence[Any]) -> WindowRow:
    fields = dict(zip(_WINDOW, values, strict=True))
    fields["scored_at"] = _utc(fields["scored_at"])
    fields["probability"] = tuple(fields["probability"])
    fields["markers"] = tuple(fields["markers"])
    fields["evidence"] = tuple(tuple(Span(*span) for span in spans) for spans in fields["evidence"])
    return WindowRow(**fields)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
