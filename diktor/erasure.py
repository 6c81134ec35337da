"""Erasing what is known of calls: their recordings, windows, verdicts and labels, now and whenever they come back.

What was erased may return: events on Kafka are replayed, a backup is put back, ingest publishes a restored recording
again. So whoever erases keeps a ledger and applies it again. A recording that was taken *after* its erasure is another
matter: somebody sent it anew, on purpose, and it stays.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from diktor.errors import DiktorError
from diktor.recordings import Recordings
from diktor.store.erase import Remains

Kind = Literal["call", "operator", "caller"]


class Subject(msgspec.Struct, frozen=True):
    """What was to be erased, and when that was said: a call by its id, all of an operator's, all of a caller's."""

    kind: Kind
    value: str
    at: datetime


class Eraser:
    """Erases from the recordings store and from ClickHouse. Both may be asked again at any time."""

    def __init__(self, recordings: Recordings, remains: Remains) -> None:
        self._recordings, self._remains = recordings, remains

    async def calls_of(self, subject: Subject, *, recorded: bool = True) -> frozenset[str]:
        """The calls that a subject means, as far as anything is left of them.

        Not `recorded`: recordings are not looked through, which takes long where there are many.

        Raises:
            UnavailableError: ClickHouse is away.
            OSError: the recordings store is.
        """
        if subject.kind == "call":
            return frozenset([subject.value])
        found = set(await self._remains.calls_of(subject.kind, subject.value, subject.at))
        if subject.kind == "operator" and recorded:
            found |= await asyncio.to_thread(self._recorded, subject)
        return frozenset(found)

    async def erase(self, said: Mapping[str, datetime], *, recorded: bool = True) -> frozenset[str]:
        """Erase calls, each with when that was said; those of which something was left.

        Not `recorded`: recordings are looked for only of calls that ClickHouse has.

        Raises: as `calls_of`.
        """
        stored = await self._remains.present(said)
        there = await asyncio.to_thread(self._taken, said if recorded else stored)
        anew = {call_id for call_id, taken_at in there.items() if taken_at > said[call_id]}
        old = there.keys() - anew
        await asyncio.to_thread(self._forget, old)  # the recordings first: nothing publishes them again
        await self._remains.delete(stored - anew)
        return frozenset(old | (stored - anew))

    def _recorded(self, subject: Subject) -> set[str]:
        return {
            recording.call_id
            for recording in self._recordings
            if recording.operator_id == subject.value and recording.taken_at <= subject.at
        }

    def _taken(self, call_ids: Iterable[str]) -> dict[str, datetime]:
        found = {}
        for call_id in call_ids:
            try:
                recording = self._recordings.get(call_id)
            except DiktorError:  # a live call's id may be one that no recording can have
                continue
            if recording is not None:
                found[call_id] = recording.taken_at
        return found

    def _forget(self, call_ids: Iterable[str]) -> None:
        for call_id in call_ids:
            self._recordings.delete(call_id)
