"""Taking a recording in: is it one, is it new, store it, and only then publish it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from diktor import logs, traces, waveforms
from diktor.audio.decode import Facts
from diktor.audio.decoded import Decoded
from diktor.errors import AudioError, DiktorError, told
from diktor.metrics import RECORDINGS
from diktor.recordings import Recording, Recordings, call_id_of, digest_of, usual_channels
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.client import Store
from services.ingest.publish import Publications, decoded_of

log = logging.getLogger(__name__)

Rows = dict[str, CallRow]
Direction = Literal["inbound", "outbound", "unknown"]


class Offer(msgspec.Struct, frozen=True):
    """What a sender says about a recording. `channels` names the file's channels in order; `speed` None: at once."""

    file_name: str
    operator_id: str = "unknown"
    team_id: str = "unknown"
    direction: Direction = "unknown"
    started_at: datetime | None = None
    channels: tuple[str, ...] = ()
    speed: float | None = None


class Taken(NamedTuple):
    """A recording that is in the store; `duplicate`: it was there before."""

    recording: Recording
    duplicate: bool


class Intake:
    """The one way in for uploads, watched folders and republication."""

    def __init__(self, settings: Settings, recordings: Recordings, publications: Publications) -> None:
        self._settings, self._recordings, self._publications = settings, recordings, publications
        self._storing = asyncio.Lock()

    async def take(self, path: Path, offer: Offer) -> Taken:
        """Take a file in; it is stored when this returns, and being published.

        Raises:
            AudioError: it is not audio, or beyond the limits.
        """
        try:
            return await self._taken(path, offer)
        except AudioError as error:
            log.warning("a recording was refused. %s", error.remedy)  # its cause names the file
            RECORDINGS.labels("refused").inc()
            raise

    async def _taken(self, path: Path, offer: Offer) -> Taken:
        digest = await asyncio.to_thread(digest_of, path)
        logs.of_call(call_id_of(digest))
        traces.note(call_id=call_id_of(digest))
        known = await asyncio.to_thread(self._recordings.get, call_id_of(digest))
        if known is not None:
            if not known.published:
                self._publications.begin(known)
            return _again(known)
        _check(offer)
        decoded = await asyncio.to_thread(decoded_of, path, self._settings, offer.file_name)
        traces.note(duration_ms=decoded.facts.duration_ms, codec=decoded.facts.codec)
        try:
            recording = _recording(digest, path.stat().st_size, offer, decoded.facts)
            async with self._storing:  # the same file may be sent twice at once
                known = await asyncio.to_thread(self._recordings.get, recording.call_id)
                if known is None:
                    await asyncio.to_thread(self._recordings.put, recording, path)
            if known is None:
                await self._draw(recording, decoded)
        except BaseException:
            decoded.close()
            raise
        if known is not None:
            decoded.close()
            return _again(known)
        RECORDINGS.labels("taken").inc()
        log.info("taken in", extra={"duration_ms": recording.duration_ms, "channels": len(recording.channels)})
        self._publications.begin(recording, decoded)
        return Taken(recording, False)

    async def _draw(self, recording: Recording, decoded: Decoded) -> None:
        """A call is scored without a waveform too, and the API draws what is missing."""
        try:
            await asyncio.to_thread(waveforms.draw, self._recordings, recording, decoded)
        except OSError as error:
            log.warning("its waveform is not kept: %s", told(error))

    async def republish(self) -> int:
        """Publish again what was never published wholly, and what has no verdict (the broker may have lost it)."""
        recordings = await asyncio.to_thread(list, self._recordings)
        waiting = [recording for recording in recordings if not recording.published]
        for recording in waiting:  # at once: these need no store
            self._publications.begin(recording)
        lost = await self._without_verdict([recording for recording in recordings if recording.published])
        for recording in lost:
            self._publications.begin(recording)
        return len(waiting) + len(lost)

    async def _without_verdict(self, recordings: list[Recording]) -> list[Recording]:
        if not recordings:
            return []
        rows = await patiently(lambda: self._rows([recording.call_id for recording in recordings]))
        done = {call_id for call_id, row in rows.items() if row.status != "open"}
        return [recording for recording in recordings if recording.call_id not in done]

    async def _rows(self, call_ids: list[str]) -> Rows:
        store = await Store.open(self._settings)
        try:
            return await store.calls(call_ids)
        finally:
            await store.close()


async def patiently(call: Callable[[], Awaitable[Rows]]) -> Rows:
    """Wait for the store as long as it takes."""
    while True:
        try:
            return await call()
        except DiktorError as error:
            log.warning("the store is asked again: %s", error)
            await asyncio.sleep(2)


def _again(known: Recording) -> Taken:
    RECORDINGS.labels("duplicate").inc()
    return Taken(known, True)


def _check(offer: Offer) -> None:
    for what, text in (("operator_id", offer.operator_id), ("team_id", offer.team_id)):
        if not 1 <= len(text) <= 200 or any(letter < " " for letter in text):
            raise AudioError(f"{what} is out of contract", "1 to 200 characters, no control characters")
    if offer.started_at is not None and offer.started_at.tzinfo is None:
        raise AudioError("started_at has no time zone", "Write it as 2026-11-20T10:00:00+03:00")


def _recording(digest: str, size: int, offer: Offer, facts: Facts) -> Recording:
    return Recording(
        call_id=call_id_of(digest),
        digest=digest,
        file_name=offer.file_name,
        size=size,
        operator_id=offer.operator_id,
        team_id=offer.team_id,
        direction=offer.direction,
        started_at=offer.started_at or datetime.now(UTC),
        channels=_names(offer, facts.channels),
        duration_ms=facts.duration_ms,
        speed=offer.speed,
        taken_at=datetime.now(UTC),
    )


def _names(offer: Offer, count: int) -> tuple[str, ...]:
    if not offer.channels:
        return usual_channels(count)
    if len(offer.channels) != count or len(set(offer.channels)) != count:
        raise AudioError(
            f"{offer.file_name} has {count} channels, and {list(offer.channels)} were named", "Name each channel once"
        )
    unknown: Iterable[str] = set(offer.channels) - {"operator", "customer", "mixed"}
    if unknown:
        raise AudioError(f"unknown channels {sorted(unknown)}", "operator, customer or mixed")
    return offer.channels
