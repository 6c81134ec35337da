"""Trying again what failed for now: with back-off, for ever, saying so in the log."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from diktor.errors import ReleaseError, StoreError, UnavailableError
from diktor.metrics import RETRIES

T = TypeVar("T")

FIRST_S, LONGEST_S = 0.1, 5.0

log = logging.getLogger(__name__)


async def until_available(what: str, call: Callable[[], Awaitable[T]]) -> T:
    """What `call` returns, once the part it needs is there; waits double up to 5 s.

    A release that is not there may be deployed yet. What ClickHouse refuses is asked again too: a row is typed here, so
    that a refusal means the server's state (a full disk, a table being changed), and whoever mends it loses nothing.
    """
    wait, attempt = FIRST_S, 1
    while True:
        try:
            return await call()
        except (UnavailableError, StoreError, ReleaseError) as error:
            RETRIES.labels(what).inc()
            if attempt in (1, 10) or attempt % 100 == 0:
                log.warning("%s failed %d times and is tried again: %s", what, attempt, error)
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        wait, attempt = min(wait * 2, LONGEST_S), attempt + 1
