"""The releases that calls are scored by, as the release store has them; where the pointer stands is looked up again
every few seconds, so that a deployment needs no restart. A store that is away leaves everything as it was.
"""

import asyncio
import contextlib
import logging

from diktor.errors import ReleaseError, UnavailableError
from diktor.releases import Release, load_release
from diktor.releases.pointer import Pointer, chosen
from diktor.releases.store import Releases
from diktor.settings import Settings

LOOK_S = 2.0

log = logging.getLogger(__name__)


class Book:
    """Shared by the calls of a worker. `start` it on a running loop, `stop` it at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = Releases.of(settings)
        self._known: dict[int, Release] = {}
        self._pointer: Pointer | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look_again())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def active(self) -> int:
        """The number of the active release as far as it is known; 0: it is not yet."""
        return 0 if self._pointer is None else self._pointer.active or self._settings.release

    async def release(self, number: int | None = None) -> Release:
        """Release `number`, or the active one.

        Raises:
            ReleaseError: it is neither in the store nor in the model repository.
            UnavailableError: the store is away.
        """
        if number is None:
            number = (await self._seen()).active or self._settings.release
        if number not in self._known:
            self._known[number] = await asyncio.to_thread(self._read, number)
        return self._known[number]

    async def kept(self, number: int) -> Release | None:
        """Release `number` if there still is one.

        Raises:
            UnavailableError: the store is away.
        """
        try:
            return await self.release(number)
        except ReleaseError:
            return None

    async def on_trial(self, call_id: str) -> Release | None:
        """The release that scores this call too, if any.

        Raises:
            ReleaseError: it is not in the store.
            UnavailableError: the store is away.
        """
        shadow = (await self._seen()).shadow
        return await self.release(shadow.release) if shadow and chosen(call_id, shadow.share) else None

    def _read(self, number: int) -> Release:
        if number in self._store.numbers():
            return self._store.get(number)
        return load_release(self._settings.model_repository, number)

    async def _seen(self) -> Pointer:
        if self._pointer is None:
            self._pointer = await asyncio.to_thread(self._store.pointer)
        return self._pointer

    async def _look_again(self) -> None:
        failing = False
        while True:
            try:
                found = await asyncio.to_thread(self._store.pointer)
                if self._pointer is not None and found != self._pointer:
                    log.info("release %d is active now, release %d before", found.active, self._pointer.active)
                self._pointer, failing = found, False
            except (ReleaseError, UnavailableError) as error:
                if not failing:
                    log.warning("where the releases stand is not known, and left as it was: %s", error)
                failing = True
            await asyncio.sleep(LOOK_S)
