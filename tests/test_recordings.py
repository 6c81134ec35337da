"""The recordings store, on a disk and on s3: a recording is there wholly or not at all, a file is one call."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from diktor.errors import DiktorError
from diktor.exercises.store import Takes
from diktor.recordings import Recording, Recordings, call_id_of, digest_of
from tests.support.processes import ROOT
from tests.support.s3 import bucket


def made(folder: Path, content: bytes = b"sound") -> tuple[Recording, Path]:
    path = folder / "in.wav"
    path.write_bytes(content)
    digest = digest_of(path)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    fields = ("in.wav", len(content), "op", "team", "inbound", now, ("mixed",), 1000, None, now)
    return Recording(call_id_of(digest), digest, *fields), path


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with bucket() as address:
        yield address


@pytest.fixture(params=["disk", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    on_disk = request.param == "disk"
    return f"file://{tmp_path / 'store'}" if on_disk else f"{request.getfixturevalue('s3')}/{tmp_path.name}"


@pytest.fixture
def store(url: str) -> Recordings:
    return Recordings(url)


def test_a_recording_comes_back_as_it_was(store: Recordings, tmp_path: Path) -> None:
    recording, path = made(tmp_path)
    store.put(recording, path)
    assert store.get(recording.call_id) == recording
    assert list(store) == [recording]
    store.fetch(recording.call_id, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"sound"


def test_the_document_is_replaced(store: Recordings, tmp_path: Path) -> None:
    recording, path = made(tmp_path)
    store.put(recording, path)
    published = msgspec.structs.replace(recording, published=True)
    store.describe(published)
    assert store.get(recording.call_id) == published


def test_the_same_bytes_are_the_same_call(tmp_path: Path) -> None:
    assert made(tmp_path)[0].call_id == made(tmp_path)[0].call_id != made(tmp_path, b"other")[0].call_id


def test_a_recording_is_deleted_wholly(store: Recordings, tmp_path: Path) -> None:
    recording, path = made(tmp_path)
    store.put(recording, path)
    store.delete(recording.call_id)
    store.delete(recording.call_id)
    assert store.get(recording.call_id) is None
    assert list(store) == []


def test_what_another_process_stores_is_seen_by_one_that_has_looked_before(url: str, tmp_path: Path) -> None:
    before = Recordings(url)
    assert list(before) == []
    program = """
import sys
from pathlib import Path
from diktor.recordings import Recordings
from tests.test_recordings import made

recording, path = made(Path(sys.argv[2]))
Recordings(sys.argv[1]).put(recording, path)
"""
    subprocess.run([sys.executable, "-c", program, url, tmp_path], cwd=ROOT, check=True)
    assert [recording.file_name for recording in before] == ["in.wav"]


def test_attempts_lie_beside_the_calls(url: str, tmp_path: Path) -> None:
    takes = Takes(url)
    (tmp_path / "take.wav").write_bytes(b"attempt")
    takes.put("a1", tmp_path / "take.wav")
    assert takes.get("a1") == b"attempt"
    assert list(Recordings(url)) == []
    takes.delete("a1")
    takes.delete("a1")
    with pytest.raises(FileNotFoundError):
        takes.get("a1")


def test_what_was_taken_too_long_ago_is_deleted_and_the_rest_is_kept(store: Recordings, tmp_path: Path) -> None:
    for content, day in ((b"old", 1), (b"new", 20)):
        recording, path = made(tmp_path, content)
        store.put(msgspec.structs.replace(recording, taken_at=datetime(2026, 11, day, tzinfo=UTC)), path)
    assert store.expire(datetime(2026, 11, 10, tzinfo=UTC)) == 1
    assert [recording.taken_at.day for recording in store] == [20]
    assert store.expire(datetime(2026, 11, 10, tzinfo=UTC)) == 0


def test_audio_without_its_document_is_not_there(tmp_path: Path) -> None:
    store = Recordings(f"file://{tmp_path / 'store'}")
    recording, path = made(tmp_path)
    store.put(recording, path)
    (tmp_path / "store" / recording.call_id / "recording.json").unlink()
    assert store.get(recording.call_id) is None
    assert list(store) == []


@pytest.mark.parametrize("call_id", ["../secrets", "a/b", "", "c\x00d"])
def test_no_call_id_leads_out_of_the_store(store: Recordings, call_id: str) -> None:
    with pytest.raises(DiktorError, match="no call id"):
        store.get(call_id)
