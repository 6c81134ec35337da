"""What the areas of calls need beside requests: the sender of uploads, the reader of live calls, the ledger's sweep."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from litestar import Litestar

from diktor.recordings import Recordings
from services.api.calls.audio import Listeners
from services.api.calls.ledger import Ledger
from services.api.calls.live import Live
from services.api.calls.sender import Sender

DECODERS = 2
"""Recordings decoded at once for their waveform."""


@contextlib.asynccontextmanager
async def working(app: Litestar) -> AsyncIterator[None]:
    """Put into the state `recordings`, `sender`, `live`, `ledger`, `listeners`, `decoding`, and run them."""
    state = app.state
    state.recordings = Recordings(state.settings.recordings_url)
    state.sender = Sender(state.settings, state.database, state.parts.http)
    state.live = Live(state.settings, state.parts)
    state.ledger = Ledger(state.settings, state.database, state.parts, state.recordings)
    state.listeners, state.decoding = Listeners(), asyncio.Semaphore(DECODERS)
    tasks = [asyncio.create_task(part.run()) for part in (state.sender, state.live, state.ledger)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
