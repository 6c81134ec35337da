"""Live calls for many listeners: one reader asks ClickHouse what changed, and every listener gets what it may see.

The table of calls is asked rather than the topic of scores, for calls that are still open stand there too. A row may
become visible some time after its own time stamp, so every look goes back `OVERLAP` and leaves out what was told.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec

from diktor.errors import DiktorError
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.browse import Browse
from diktor.store.client import Store
from diktor.store.sight import Sight
from services.api.calls import shown
from services.api.parts import Parts
from services.api.problems import problem

log = logging.getLogger(__name__)

EVERY_S = 1.0
OVERLAP = timedelta(seconds=30)
MOST = 2000
"""Calls in one look at most."""

WAITING = 200
"""Events that a listener may be behind: then it is cut off, and told the rest when it comes back."""

BEAT_S = 15.0
LIFE_S = 900.0
"""A stream ends after so long and its client comes again, so that nobody listens on whose session has ended."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Listener:
    """Somebody who listens: events wait here as they go over the wire; None ends the stream."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.events: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING + 1)

    def tell(self, event: bytes) -> bool:
        """False: it is too far behind, and was cut off."""
        if self.events.qsize() < WAITING:
            self.events.put_nowait(event)
            return True
        self.events.put_nowait(None)
        return False

    async def stream(self, missed: list[bytes], beat_s: float = BEAT_S, life_s: float = LIFE_S) -> AsyncIterator[bytes]:
        """What goes over the wire: what was missed, then events, and a beat while there are none."""
        yield b"retry: 2000\n\n" + b"".join(missed)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + life_s
        while (left := deadline - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(beat_s, left)):
                    event = await self.events.get()
            except TimeoutError:
                yield b": beat\n\n"
                continue
            if event is None:
                return
            yield event


class Live:
    """The reader; it rests while nobody listens."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings, self._parts = settings, parts
        self._listeners: set[Listener] = set()
        self._somebody = asyncio.Event()

    def join(self, sight: Sight) -> Listener:
        """Raises: 503: too many listen."""
        if len(self._listeners) >= self._settings.event_listeners:
            raise problem(503, "too many follow live calls here", "Come again later, or ask for the list of calls", 30)
        listener = Listener(sight)
        self._listeners.add(listener)
        self._somebody.set()
        return listener

    def leave(self, listener: Listener) -> None:
        """It listens no more."""
        self._listeners.discard(listener)

    async def since(self, moment: datetime, sight: Sight) -> list[bytes]:
        """The events after a moment, the newest `MOST` of them.

        Raises:
            UnavailableError: ClickHouse is away.
        """
        rows = await (await self._browse()).changed(moment, MOST)
        return [encoded(row) for row in rows if row.updated_at > moment and sight.sees(row.team_id, row.operator_id)]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._somebody.clear()
            if not self._listeners:
                await self._somebody.wait()
            await self._follow()

    async def _follow(self) -> None:
        begin = answered = datetime.now(UTC)
        told: dict[str, datetime] = {}
        while self._listeners:
            now = datetime.now(UTC)
            try:
                rows, told = await self._look(answered - OVERLAP, begin, told)
                answered = now
                for row in rows:
                    self._tell(row)
            except DiktorError as error:  # what was missed is told when it is back
                log.warning("live calls are read again: %s", error.cause)
            await asyncio.sleep(EVERY_S)

    async def _look(
        self, since: datetime, begin: datetime, told: dict[str, datetime]
    ) -> tuple[list[CallRow], dict[str, datetime]]:
        browse = await self._browse()
        changes = dict(await browse.changes(since, MOST))
        news = [call_id for call_id, at in changes.items() if at >= begin and told.get(call_id) != at]
        return await browse.known(news), changes

    def _tell(self, row: CallRow) -> None:
        event = encoded(row)
        behind = [
            listener
            for listener in self._listeners
            if listener.sight.sees(row.team_id, row.operator_id) and not listener.tell(event)
        ]
        self._listeners.difference_update(behind)

    async def _browse(self) -> Browse:
        client = await self._parts.clickhouse()
        return Browse(Store(client, self._settings), client, self._settings)


def encoded(row: CallRow) -> bytes:
    """A call as an event: its id is the time of the row, so that who comes back can say what came last."""
    return b"id: %d\nevent: call\ndata: %s\n\n" % (microseconds(row.updated_at), msgspec.json.encode(shown.call(row)))


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)
