"""What Triton has loaded becomes what is needed: the active release, those on trial and standing by, those that open
calls are pinned to. A release that nobody needs any more is unloaded and its files are deleted; one that is needed and
missing (Triton was set up anew, a call was left open) is loaded.
"""

import logging
from typing import NamedTuple

from diktor.errors import DiktorError
from diktor.releases.control import Control
from diktor.releases.deploy import let_go
from diktor.releases.lock import changing
from diktor.releases.pointer import since_moved_s
from diktor.releases.repository import Repository, models_of
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.store.client import Store

GRACE_S = 15.0
"""So long after the pointer was moved a scorer may still begin a call with the release before (it looks every few
seconds) and not yet have stored that."""

log = logging.getLogger(__name__)


class Tidied(NamedTuple):
    """The releases that were loaded and let go."""

    loaded: tuple[int, ...]
    unloaded: tuple[int, ...]


async def tidy(settings: Settings, calls: Store) -> Tidied:
    """Look once. Costs a look at the store's folders where there is one release.

    Raises:
        DiktorError: a part is away, or somebody is deploying.
    """
    store, repository = Releases.of(settings), Repository.of(settings)
    pointer, there = store.pointer(), repository.deployed()
    if len(store.numbers()) < 2 and there == (pointer.active,):
        return Tidied((), ())
    pinned = await calls.pinned_releases()
    needed = (pointer.wanted | pinned) & set(store.numbers())
    with changing(settings, wait_s=0):
        if store.pointer() != pointer:
            return Tidied((), ())
        loaded = await _load_missing(settings, needed)
        if since_moved_s(pointer) < GRACE_S:
            return Tidied(loaded, ())
        idle = tuple(number for number in _numbers(settings) if number not in needed)
        for number in idle:
            await let_go(settings, number)
            log.info("release %d is unloaded: no open call is pinned to it", number)
    return Tidied(loaded, idle)


async def _load_missing(settings: Settings, needed: frozenset[int]) -> tuple[int, ...]:
    store, repository = Releases.of(settings), Repository.of(settings)
    loaded = []
    async with Control(settings.triton) as control:
        for number in sorted(needed):
            release = store.get(number)
            if await control.serves(models_of(release)):
                continue
            try:
                if number not in repository.deployed():
                    repository.put(release, store.folder(number))
                await control.load(release.ensemble, models_of(release))
            except (DiktorError, OSError) as error:
                log.warning("release %d is needed and cannot be loaded: %s", number, error)
                continue
            log.info("release %d is needed and is loaded", number)
            loaded.append(number)
    return tuple(loaded)


def _numbers(settings: Settings) -> list[int]:
    """Every release of which anything lies in the repository."""
    names = (path.name.rsplit("_", 1)[-1] for path in Repository.of(settings).path.glob("*_*"))
    return sorted({int(name) for name in names if name.isdigit()})
