"""Wire encodings are those of the standard, told by FFmpeg's own decoders."""

import av
import numpy as np
import pytest

from diktor.audio.formats import decode_wire, encode_wire
from diktor.events import CallAudio


@pytest.mark.parametrize(("encoding", "codec"), [("PCMA", "pcm_alaw"), ("PCMU", "pcm_mulaw")])
def test_companded_bytes_are_what_g711_says(encoding: str, codec: str) -> None:
    every = bytes(range(256))
    context = av.CodecContext.create(codec, "r")
    context.sample_rate, context.layout = 8000, "mono"
    reference = context.decode(av.Packet(every))[0].to_ndarray()[0]
    found = decode_wire(CallAudio("mixed", 0, encoding, 8000, every))
    np.testing.assert_array_equal(np.rint(found * 32768).astype(int), reference)


def test_sixteen_bit_samples_come_back() -> None:
    pcm = np.array([0, 1, -1, 32767, -32768], np.int16)
    found = decode_wire(CallAudio("mixed", 0, "S16LE", 8000, encode_wire(pcm)))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found * 32768, pcm)
