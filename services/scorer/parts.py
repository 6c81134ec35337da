"""What every lane of a worker shares: the store, the scorer, the sinks, the bounds, the releases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from diktor.audio.formats import encode_wire
from diktor.audio.windows import Assembled
from diktor.errors import DiktorError, told
from diktor.events import SHORTEST_MS, CallAudio, to_message
from diktor.releases import RATE, Release
from diktor.releases.book import Book
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.client import Store
from services.scorer.budget import Budget
from services.scorer.limit import LossLimit
from services.scorer.publisher import Publisher
from services.scorer.scoring import ATTEMPTS, WindowScorer
from services.scorer.shadow import Trial
from services.scorer.sink import Sink

IN_FLIGHT_BYTES: Final = 64 * 2**20
"""Audio read from Kafka and not yet looked at by its lane, at most."""


@dataclass(frozen=True)
class Parts:
    """Built once in `worker.py` and passed down."""

    settings: Settings
    store: Store
    scorer: WindowScorer
    calls: Sink[CallRow]
    publisher: Publisher
    waiting: Budget
    events: LossLimit
    windows: LossLimit
    releases: Book
    trial: Trial
    fail: Callable[[BaseException], None]

    @property
    def longest_ms(self) -> int:
        """Audio beyond this position is out of contract."""
        return int(self.settings.max_call_s * 1000)

    async def window_given_up(
        self, call_id: str, channel: str, item: Assembled, release: Release, error: DiktorError
    ) -> None:
        """A window that Triton cannot score goes to the dead letters as the audio it is, without its padding."""
        start, end = item.window.start_ms, item.window.end_ms
        pcm = item.pcm[: max(end - start, SHORTEST_MS) * RATE // 1000]
        audio = CallAudio(channel, start, "S16LE", RATE, encode_wire(pcm), end)  # type: ignore[arg-type]  # parsed before
        message = to_message(call_id, audio, source="/diktor/scorer")
        headers = (*message.headers, ("release", str(release.number).encode()))
        await self.publisher.dead_letter(
            message.key, message.value, headers, error, (self.settings.topic_audio, -1, -1), ATTEMPTS
        )
        self.windows.lost(told(error))
