"""The recordings store: a recording is there wholly or not at all, and a file is one call whoever sends it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from diktor.errors import DiktorError
from diktor.recordings import Recording, Recordings, call_id_of, digest_of


def made(folder: Path, content: bytes = b"sound") -> tuple[Recording, Path]:
    path = folder / "in.wav"
    path.write_bytes(content)
    digest = digest_of(path)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    fields = ("in.wav", len(content), "op", "team", "inbound", now, ("mixed",), 1000, None, now)
    return Recording(call_id_of(digest), digest, *fields), path


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Recordings:
    """On disk and on another of fsspec's storages."""
    url = f"file://{tmp_path / 'store'}" if request.param == "file" else f"memory://{tmp_path.name}"
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
