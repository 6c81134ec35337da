"""A recording becomes blocks of samples, a row per channel, whatever its codec. PyAV carries its own FFmpeg.

Calls are heard at 8 kHz, the usual rate here. A file is read as it is decoded, never held whole. Where its data breaks
off or breaks down, what came before is taken: calls are cut by crashes, and half a call is still worth hearing. A file
that gives no sound at all is refused.
"""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from diktor.errors import AudioError
from diktor.releases import RATE

Block = NDArray[np.int16]
"""(channels, samples) int16."""

MOST_CHANNELS = 2

LISTS = ("concat", "dash", "hls", "imf", "sdp")
"""Formats that name other files of this machine, or of others, to be played in their place."""

LIMITS = "Cut it, or raise DIKTOR_INGEST_MAX_SECONDS (of single checks DIKTOR_CHECK_MAX_SECONDS)"


class Facts(NamedTuple):
    """What a recording is: its channels, its length, the codec's name."""

    channels: int
    duration_ms: int
    codec: str


def blocks(path: Path, max_seconds: float = 6 * 3600, name: str = "", rate: int = RATE) -> Iterator[Block]:
    """The recording's samples in order, at `rate` per second; `name` is what errors call it.

    Raises:
        AudioError: it is no audio, has more than two channels, or is longer than `max_seconds`.
    """
    name = name or path.name
    with _opened(path, name) as container:
        stream = container.streams.audio[0]
        layout = "mono" if _channels(name, stream) == 1 else "stereo"
        samples = 0
        for piece in _resampled(_frames(name, container, stream), layout, rate):
            samples += piece.samples
            if samples > max_seconds * rate:
                raise AudioError(f"{name} is longer than {max_seconds:g} s", LIMITS)
            if piece.samples:
                yield np.asarray(piece.to_ndarray(), np.int16)
    if not samples:
        raise AudioError(f"{name} holds no sound", "Send a recording that plays")


def facts(
    path: Path, max_seconds: float = 6 * 3600, name: str = "", keep: Callable[[Block], object] = lambda _: None
) -> Facts:
    """Read the whole recording once to know it is one; `keep` is given its samples, block by block.

    Raises:
        AudioError: as `blocks`.
    """
    samples, channels = 0, 0
    for block in blocks(path, max_seconds, name):
        channels, samples = len(block), samples + block.shape[1]
        keep(block)
    with _opened(path, name) as container:
        codec = container.streams.audio[0].codec_context.name
    return Facts(channels, -(-samples * 1000 // RATE), codec)


def _opened(path: Path, name: str) -> "av.container.InputContainer":
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        _unless_memory_ran_out(error)
        raise AudioError(f"{name} is not an audio file: no decodable stream", "Send wav, mp3, ogg, …") from error
    if container.format.name in LISTS:
        container.close()
        raise AudioError(f"{name} is a list of other files, not a recording", "Send wav, mp3, ogg, …")
    if not container.streams.audio:
        container.close()
        raise AudioError(f"{name} is not an audio file: no sound track in it", "Send wav, mp3, ogg, …")
    if container.streams.audio[0].codec_context is None:
        container.close()
        raise AudioError(f"{name} is in a codec that is not known here", "Send wav, mp3, ogg, …")
    return container


def _channels(name: str, stream: "av.AudioStream") -> int:
    count = int(stream.codec_context.channels)
    if not 1 <= count <= MOST_CHANNELS:
        raise AudioError(f"{name} has {count} channels", "Send mono, or stereo with a voice on each channel")
    return count


def _resampled(frames: Iterator["av.AudioFrame | None"], layout: str, rate: int) -> Iterator["av.AudioFrame"]:
    """Frames at `rate`. Recordings joined from several may change rate, layout or format: a new resampler goes on."""
    resampler, form = av.AudioResampler("s16p", layout, rate), None
    for frame in frames:
        if frame is not None:
            found = (frame.format.name, frame.layout.name, frame.sample_rate)
            if form not in (None, found):
                yield from resampler.resample(None)
                resampler = av.AudioResampler("s16p", layout, rate)
            form = found
        yield from resampler.resample(frame)


def _frames(
    name: str, container: "av.container.InputContainer", stream: "av.AudioStream"
) -> Iterator["av.AudioFrame | None"]:
    """The stream's frames, then None to empty the resampler; ends where the data breaks down."""
    heard = False
    try:
        for frame in container.decode(stream):
            heard = True
            yield frame
    except (av.error.FFmpegError, ValueError) as error:
        _unless_memory_ran_out(error)
        if not heard:
            raise AudioError(f"{name} cannot be decoded: {error}", "Send a recording that plays") from error
    yield None


def _unless_memory_ran_out(error: Exception) -> None:
    """That says nothing about the recording."""
    if getattr(error, "errno", None) == errno.ENOMEM:
        raise MemoryError("FFmpeg found no memory") from error
