"""A recording's waveform: made once, where its samples are at hand, and kept beside it for whoever opens the call."""

import msgspec

from diktor.audio.decoded import Decoded
from diktor.recordings import Recording, Recordings
from diktor.wire.calls import Waveform

_NAME = "peaks.json"


def waveform(recordings: Recordings, call_id: str) -> Waveform | None:
    """The one that is kept, if it is."""
    kept = recordings.beside(call_id, _NAME)
    return None if kept is None else msgspec.json.decode(kept, type=Waveform)


def draw(recordings: Recordings, recording: Recording, decoded: Decoded) -> Waveform:
    """Make it of the samples, and keep it.

    Raises:
        OSError: the store does not take it.
    """
    channels = dict(zip(recording.channels, decoded.peaks(), strict=False))
    made = Waveform(duration_ms=recording.duration_ms, channels=channels)
    recordings.keep_beside(recording.call_id, _NAME, msgspec.json.encode(made))
    return made
