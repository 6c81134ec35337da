import struct
from pathlib import Path

import numpy as np
import pytest

from diktor.errors import DiktorError
from diktor.learning import whisper_weights
from diktor.learning.whisper_weights import Weights, parse


def _text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def test_the_encoder_of_whisper_base_is_read(whisper: Weights) -> None:
    assert whisper["conv1/weight"].shape == (512, 80, 3)
    assert whisper["position_encodings/encodings"].shape == (1500, 512)
    assert sum(name.endswith("self_attention/linear_0/weight") for name in whisper) == 6
    assert all(value.dtype == np.float32 for value in whisper.values())


def test_variables_are_read_with_shape_and_type() -> None:
    values = np.arange(6, dtype=np.float16).reshape(2, 3)
    variable = _text("a/b") + struct.pack("<B2IBI", 2, 2, 3, 4, values.nbytes) + values.tobytes()
    raw = struct.pack("<I", 6) + _text("WhisperSpec") + struct.pack("<II", 3, 1) + variable
    np.testing.assert_array_equal(parse(raw)["a/b"], values)


@pytest.mark.parametrize("raw", [b"", b"RIFF....WAVE", struct.pack("<I", 6) + b"\xff\xff"])
def test_another_file_is_refused(raw: bytes) -> None:
    with pytest.raises(DiktorError, match="CTranslate2"):
        parse(raw)


def test_a_missing_or_damaged_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(whisper_weights, "HALVES", (("no_such_package", "part"),))
    with pytest.raises(DiktorError, match="no-such-package is missing"):
        whisper_weights.encoder_weights()
    (tmp_path / "half").write_bytes(b"short")
    monkeypatch.setattr(whisper_weights, "_halves", lambda: [tmp_path / "half"])
    with pytest.raises(DiktorError, match="damaged"):
        whisper_weights.encoder_weights()
