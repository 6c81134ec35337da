"""The wire encodings of `calls.audio`: 16-bit samples, A-law and µ-law (ITU-T G.711) to and from samples in [-1, 1]."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from diktor.events import CallAudio, Encoding

Samples = NDArray[np.float32]


def decode_wire(audio: CallAudio) -> Samples:
    """An event's samples: (samples,) float32, mono, [-1, 1], at the event's own rate."""
    if audio.encoding == "S16LE":
        return np.asarray(np.frombuffer(audio.data, "<i2") / np.float32(32768), np.float32)
    return _table(audio.encoding)[np.frombuffer(audio.data, np.uint8)]


def encode_wire(samples: NDArray[np.int16]) -> bytes:
    """16-bit samples as the bytes of an S16LE event."""
    return samples.astype("<i2").tobytes()


@cache
def _table(encoding: Encoding) -> Samples:
    values = _alaw() if encoding == "PCMA" else _mulaw()
    return np.asarray(values / np.float32(32768), np.float32)


def _alaw() -> NDArray[np.int32]:
    """G.711 table 1: even bits inverted; 13-bit values in the upper bits of 16."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, mantissa = (code >> 4) & 7, (code & 15) << 4
    value = np.where(segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, value, -value)


def _mulaw() -> NDArray[np.int32]:
    """G.711 table 2: all bits inverted; a bias of 33 in 14-bit values, here of 132 in 16."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    value = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -value, value)
