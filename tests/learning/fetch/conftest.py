"""An archive of the old form to fetch: whether its recordings can be heard is not asked here."""

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from diktor.learning.corpus.archive import AUDIO, TABLE
from tests.support.web import Web, web


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with five recordings; one that is listed is not there, and one that is there is not listed."""
    folder = tmp_path / "source"
    (folder / AUDIO).mkdir(parents=True)
    for number in range(5):
        (folder / AUDIO / f"речь {number}.mp3").write_bytes(random.Random(number).randbytes(300_000))
    lines = [f"речь {number},{number % 4}" for number in range(5)]
    (folder / TABLE).write_text("\n".join([*lines, "lost.mp3,1", "../../secret.mp3,0"]) + "\n", "utf-8")
    return folder


@pytest.fixture
def packed(source: Path) -> Path:
    """The same as a zip, in a folder within it and beside other things."""
    return pack(source, source.with_name("packed.zip"))


def pack(source: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            archive.write(file, f"old/{file.relative_to(source)}")
        archive.writestr("__MACOSX/old/._data_train.csv", b"\0")
        archive.writestr("old/readme.txt", b"hello")
    return path


@pytest.fixture
def server(tmp_path: Path, source: Path, packed: Path) -> Iterator[Web]:
    with web(tmp_path) as running:
        yield running
