"""Bringing a release up beside the one that serves, and moving the pointer only when it scores as it should.

Whatever goes wrong, the error names the step, what was loaded of the new release is unloaded, its files are gone, and
the active release goes on serving untouched.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import numpy as np

from diktor.errors import DiktorError, ReleaseError
from diktor.releases.control import Control
from diktor.releases.document import Release
from diktor.releases.golden import Golden, check_own, check_served, expected, golden_of
from diktor.releases.lock import changing
from diktor.releases.pointer import Pointer
from diktor.releases.repository import Repository, models_of
from diktor.releases.store import Releases
from diktor.scoring.triton import Triton
from diktor.settings import Settings


class Outcome(msgspec.Struct, frozen=True):
    """What serves now: `release` is the one that was asked for, `seconds` how long it took by step."""

    release: int
    active: int
    previous: int
    seconds: dict[str, float]


class Deployer:
    """One machine's Triton and the release store it is fed from."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.store = Releases.of(settings)
        self.repository = Repository.of(settings)
        self._seconds: dict[str, float] = {}

    async def deploy(self, number: int, activate: bool = True, share: float | None = None) -> Outcome:
        """Bring release `number` up: active, or on trial for `share` of the calls, or only standing by.

        Raises:
            DiktorError: it does not serve; everything is as it was.
        """
        with changing(self._settings):
            before = self.store.pointer()
            await self._up(number, before)
            after = before.activated(number) if activate else before.standing_by(number)
            return self._point(before, before.with_shadow(number, share) if share else after, number)

    async def activate(self, number: int, share: float | None = None) -> Outcome:
        """Make a release that Triton has loaded active, or put it on trial for `share` of the calls.

        Raises:
            DiktorError: it is not loaded, or does not score as it should; everything is as it was.
        """
        with changing(self._settings):
            before = self.store.pointer()
            release, golden = await self._own(number)
            async with Control(self._settings.triton) as control:
                if not await control.serves(models_of(release)):
                    raise ReleaseError(f"release {number} is not loaded", f"diktor release deploy {number}")
            await self._served(release, golden)
            return self._point(before, before.with_shadow(number, share) if share else before.activated(number), number)

    async def roll_back(self) -> Outcome:
        """Make the release active that was so before the active one, loading it if need be.

        Raises:
            DiktorError: there is none, or it does not serve; everything is as it was.
        """
        with changing(self._settings):
            before, kept = self.store.pointer(), self.store.numbers()
            number = next((n for n in reversed(before.history) if n in kept), 0)
            if not number:
                raise ReleaseError("there is no release to roll back to", "Deploy one: diktor release list")
            await self._up(number, before)
            return self._point(before, before.rolled_back(number), number)

    def unload(self, number: int) -> Pointer:
        """End a trial or a standing by; Triton lets the release go with the next `tidy`.

        Raises:
            ReleaseError: it is active.
        """
        with changing(self._settings):
            pointer = self.store.pointer()
            if number == pointer.active:
                raise ReleaseError(f"release {number} is active", "Activate another one first")
            self.store.point(pointer.without(number))
            return self.store.pointer()

    def _point(self, before: Pointer, after: Pointer, number: int) -> Outcome:
        with self._step("pointer"):
            if after != before:
                self.store.point(after)
        return Outcome(number, after.active, before.active, {k: round(v, 2) for k, v in self._seconds.items()})

    async def _up(self, number: int, before: Pointer) -> None:
        """Checked, staged, loaded and right. One that Triton has already is only asked for its golden windows."""
        release, golden = await self._own(number)
        async with Control(self._settings.triton) as control:
            with self._step("asking Triton"):
                there = await control.serves(models_of(release)) and number in self.repository.deployed()
            try:
                if not there:
                    with self._step("staging"):
                        await asyncio.to_thread(self.repository.put, release, self.store.folder(number))
                    with self._step("loading"):
                        await control.load(release.ensemble, models_of(release))
                await self._served(release, golden)
            except BaseException:
                if number not in before.wanted and not there:
                    await _down(control, self.repository, number)
                raise

    async def _own(self, number: int) -> tuple[Release, Golden]:
        """The release, and its golden windows with what this machine computes for them; Triton knows nothing yet."""
        self._seconds.clear()
        with self._step("digests"):
            release, folder = self.store.get(number), await asyncio.to_thread(self.store.folder, number)
        with self._step("computing golden windows"):
            golden = golden_of(folder, release)
            wanted = await asyncio.to_thread(expected, folder, release, golden.pcm)
            check_own(release, wanted, golden.probability)
        return release, Golden(golden.pcm, wanted)

    async def _served(self, release: Release, golden: Golden) -> None:
        with self._step("golden windows through Triton"):
            async with Triton(self._settings.triton, self._settings.triton_timeout_s) as triton:
                found = [(await triton.score(release, pcm)).probability for pcm in golden.pcm]
            check_served(np.stack(found), golden.probability)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Times a step and puts its name before what went wrong in it."""
        started = time.monotonic()
        try:
            yield
        except DiktorError as error:
            raise type(error)(f"{name}: {error.cause}", error.remedy) from error
        except OSError as error:
            raise ReleaseError(f"{name}: {error}", "Look at the disk") from error
        self._seconds[name] = time.monotonic() - started


async def let_go(settings: Settings, number: int) -> None:
    """Unload a release and delete what Triton's repository holds of it."""
    async with Control(settings.triton) as control:
        await _down(control, Repository.of(settings), number)


async def _down(control: Control, repository: Repository, number: int) -> None:
    with suppress(DiktorError):  # a Triton that is away has nothing loaded
        for model in repository.models(number):
            await control.unload(model)
    repository.remove(number)
