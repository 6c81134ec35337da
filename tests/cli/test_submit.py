"""What `diktor submit` finds to send: files, folders, archives; what cannot be sent is named and the rest goes on."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from diktor.cli.submit import Candidate, candidates
from tests.support.processes import ROOT

CALLS = ROOT / "assets" / "calls"
SOUND = bytes(range(256)) * 40


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def found(path: Path, stack: ExitStack) -> list[Candidate]:
    return list(candidates((path,), stack))


def test_a_folder_is_searched_and_its_list_says_whose_calls_they_are(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("a.wav", "deep/b.ogg", "README.md", ".hidden.wav", "labels.jsonl", "archive.csv"):
        (tmp_path / name).write_bytes(SOUND)
    entry = {"file": "deep/b.ogg", "operator_id": "op-1", "direction": "inbound", "defects": []}
    (tmp_path / "calls.json").write_text(json.dumps([entry]))
    a, b = found(tmp_path, stack)
    assert (a.path.name, a.fields) == ("a.wav", {})
    assert (b.path.name, b.fields) == ("b.ogg", {"operator_id": "op-1", "direction": "inbound"})


def test_the_sample_calls_are_sent_and_nothing_that_lies_beside_them(stack: ExitStack) -> None:
    listed = {call["file"] for call in json.loads((CALLS / "calls.json").read_text("utf-8"))["calls"]}
    sent = found(CALLS, stack)
    assert {candidate.path.name for candidate in sent} == listed
    assert all(candidate.fields["operator_id"] for candidate in sent)


def test_an_archives_names_lead_nowhere(tmp_path: Path, stack: ExitStack) -> None:
    path = archive(tmp_path / "calls.zip", **{"../../out.wav": SOUND, "/etc/call.wav": SOUND})
    for candidate in found(path, stack):
        assert candidate.path.read_bytes() == SOUND
        assert candidate.path.parent.name.startswith("diktor-")
    assert list(tmp_path.iterdir()) == [path]


def test_a_bomb_is_refused_and_the_rest_goes_on(tmp_path: Path, stack: ExitStack) -> None:
    path = archive(tmp_path / "calls.zip", **{"bomb.wav": bytes(4 << 20), "a.wav": SOUND})
    bomb, good = found(path, stack)
    assert "unpacks to more than" in bomb.problem
    assert bomb.name.endswith("calls.zip:bomb.wav")
    assert not good.problem


def test_a_damaged_member_is_refused_and_the_rest_goes_on(tmp_path: Path, stack: ExitStack) -> None:
    path = archive(tmp_path / "calls.zip", **{"bad.wav": SOUND, "good.wav": SOUND})
    content = bytearray(path.read_bytes())
    content[40:120] = b"\xaa" * 80
    path.write_bytes(content)
    bad, good = found(path, stack)
    assert "cannot be unpacked" in bad.problem
    assert (good.problem, good.path.read_bytes()) == ("", SOUND)


def test_a_damaged_archive_is_refused_by_name(tmp_path: Path, stack: ExitStack) -> None:
    path = archive(tmp_path / "calls.zip", **{"a.wav": SOUND})
    content = bytearray(path.read_bytes())
    content[content.rfind(b"PK\x01\x02")] = 0
    path.write_bytes(content)
    (candidate,) = found(path, stack)
    assert candidate.name == str(path)
    assert "archive is damaged" in candidate.problem
