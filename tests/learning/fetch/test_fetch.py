"""Data from any address: the same files whichever way they come, never half, and gone on with after a break."""

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner, Result

from diktor.cli.data_fetch import fetch as command
from diktor.errors import DiktorError, UnavailableError
from diktor.learning.corpus.archive import AUDIO, TABLE
from diktor.learning.fetch import remote
from tests.support.processes import ROOT, python, wait_until
from tests.support.s3 import bucket
from tests.support.web import Web


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE_S", 0.01)


def run(address: object, out: Path) -> Result:
    return CliRunner().invoke(command, [str(address), "--out", str(out), "--json"])


def told(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.exception or result.output
    document = json.loads(result.output.splitlines()[-1])
    assert isinstance(document, dict)
    return document


def wrong(result: Result) -> str:
    assert isinstance(result.exception, DiktorError), result.exception
    return str(result.exception)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def put(tmp_path: Path, bucket: str) -> str:
    """The folder and the zip in a bucket."""
    files = fsspec.filesystem("s3")
    files.put(str(tmp_path / "source"), f"{bucket}/source", recursive=True)
    files.put_file(str(tmp_path / "packed.zip"), f"{bucket}/packed.zip")
    return bucket


WAYS: dict[str, Callable[[Path, Web], str]] = {
    "folder": lambda here, _: f"{here}/source",
    "file address": lambda here, _: f"file://{here}/source",
    "zip": lambda here, _: f"{here}/packed.zip",
    "web folder": lambda _, server: f"{server.url}/source/",
    "web zip": lambda _, server: f"{server.url}/packed.zip?signature=secret",
    "s3 folder": lambda here, _: f"{put(here, os.environ['BUCKET'])}/source",
    "s3 zip": lambda here, _: f"{put(here, os.environ['BUCKET'])}/packed.zip",
}


@pytest.fixture
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One of `WAYS`; where it leads into a bucket, there is one."""
    with bucket() if request.param.startswith("s3") else nullcontext("") as address:
        monkeypatch.setenv("BUCKET", address)
        yield request.param


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_whichever_way_it_comes_it_is_the_same(way: str, tmp_path: Path, source: Path, server: Web) -> None:
    address, out = WAYS[way](tmp_path, server), tmp_path / "out"
    first = told(run(address, out))
    wanted = contents(source)
    found = contents(out)
    document = json.loads(found.pop("fetched.json"))
    assert found == wanted
    assert (first["new"], first["files"], first["ignored"]) == (6 if "zip" in way else 5, 6, 2 if "zip" in way else 0)
    assert first["missing"] == ([] if "zip" in way else [f"{AUDIO}/lost.mp3"])
    lines = [f"{hashlib.sha256(wanted[name]).hexdigest()} {name}\n" for name in sorted(wanted)]
    assert first["digest"] == document["digest"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert "secret" not in json.dumps({**document, "files": []})
    server.asked.clear()
    again = told(run(address, out))
    assert again == {**first, "new": 0}
    assert not [path for path in server.got() if not path.endswith(TABLE)], "nothing but the table is read again"
    assert not (out / ".fetch").exists()


@pytest.mark.parametrize("way", ["web zip", "web folder"])
def test_what_breaks_off_is_gone_on_with(way: str, tmp_path: Path, source: Path, server: Web) -> None:
    server.breaks, server.away = 2, 1
    assert told(run(WAYS[way](tmp_path, server), tmp_path / "out"))["files"] == 6
    ranges = [int(wanted.removeprefix("bytes=").rstrip("-")) for _, _, wanted in server.asked if wanted]
    assert ranges
    assert all(ranges)
    assert {n: c for n, c in contents(tmp_path / "out").items() if n != "fetched.json"} == contents(source)


def test_a_server_that_knows_only_get_is_read_from_the_beginning(tmp_path: Path, source: Path, server: Web) -> None:
    server.plain, server.breaks = True, 2
    assert told(run(f"{server.url}/packed.zip", tmp_path / "out"))["files"] == 6


def test_a_killed_fetch_goes_on_where_it_was(tmp_path: Path, server: Web) -> None:
    server.slow, out = 0.1, tmp_path / "out"
    arguments = [python(), "-m", "diktor", "data", "fetch", f"{server.url}/packed.zip", "--out", str(out)]
    process = subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    part = out / ".fetch" / ".archive.zip.part"
    wait_until("some of it is here", lambda: part.exists() and part.stat().st_size > 300_000)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / TABLE).exists()
    here, server.slow = part.stat().st_size, 0
    told(run(f"{server.url}/packed.zip", out))
    assert server.asked[-1] == ("GET", "/packed.zip", f"bytes={here}-")


def test_a_server_that_stays_away_is_told_and_what_is_here_is_kept(tmp_path: Path, source: Path, server: Web) -> None:
    server.breaks = 99
    result = run(f"{server.url}/packed.zip", tmp_path / "out")
    assert isinstance(result.exception, UnavailableError)
    assert len(server.asked) > 20, "as long as some of it came it was asked again"
    server.breaks, before = 0, len(server.asked)
    told(run(f"{server.url}/packed.zip", tmp_path / "out"))
    assert server.asked[-1][2].startswith("bytes=")
    assert len(server.asked) == before + 2


@pytest.mark.parametrize("way", ["web folder", "web zip", "folder"])
def test_what_changed_there_changes_here(way: str, tmp_path: Path, source: Path, packed: Path, server: Web) -> None:
    from tests.learning.fetch import conftest

    address, out = WAYS[way](tmp_path, server), tmp_path / "out"
    first = told(run(address, out))
    (source / AUDIO / "речь 1.mp3").write_bytes(b"another")
    (source / AUDIO / "речь 2.mp3").unlink()
    lines = (source / TABLE).read_text("utf-8").splitlines()
    (source / TABLE).write_text("\n".join(line for line in lines if not line.startswith("речь 2")), "utf-8")
    conftest.pack(source, packed)
    second = told(run(address, out))
    assert second["digest"] != first["digest"]
    assert {n: c for n, c in contents(out).items() if n != "fetched.json"} == contents(source)
    (out / AUDIO / "речь 3.mp3").unlink()
    assert told(run(address, out)) == {**second, "new": 1}


def test_a_folder_that_holds_something_else_is_not_touched(tmp_path: Path, source: Path, packed: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    assert "holds other data" in wrong(run(source, tmp_path / "out"))
    assert contents(tmp_path / "out") == {"thesis.txt": b"mine"}
    told(run(source, tmp_path / "here"))
    assert "holds other data" in wrong(run(packed, tmp_path / "here"))
    assert "is the folder to fetch from" in wrong(run(source, source))


def test_a_link_of_google_drive_is_a_file(
    tmp_path: Path, source: Path, server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIKTOR_GOOGLE_DRIVE", f"{server.url}/packed.zip")
    links = (
        "https://drive.google.com/file/d/1aB-c_9/view?usp=sharing",
        "https://drive.google.com/open?id=1aB-c_9",
        "https://drive.usercontent.google.com/download?id=1aB-c_9&export=download",
    )
    for number, link in enumerate(links):
        assert told(run(link, tmp_path / f"out{number}"))["files"] == 6
        assert server.got()[-1] == "/packed.zip?id=1aB-c_9&export=download&confirm=t"
    assert "names no file" in wrong(run("https://drive.google.com/drive/folders/1aB-c_9", tmp_path / "folder"))


def test_google_drives_question_about_a_large_file_is_answered(
    tmp_path: Path, source: Path, server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page as it is: a form whose hidden fields lead to the file."""
    hidden = {"id": "x", "export": "download", "confirm": "t", "uuid": "7"}
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items())
    form = f'<form id="download-form" action="{server.url}/packed.zip" method="get">{fields}</form>'
    server.pages["/ask"] = f"<!DOCTYPE html><html><body>too large to be scanned{form}</body></html>"
    server.pages["/refuse"] = "<html><body>sign in</body></html>"
    monkeypatch.setenv("DIKTOR_GOOGLE_DRIVE", f"{server.url}/ask")
    assert told(run("https://drive.google.com/open?id=x", tmp_path / "out"))["files"] == 6
    assert server.got()[-1] == "/packed.zip?id=x&export=download&confirm=t&uuid=7"
    monkeypatch.setenv("DIKTOR_GOOGLE_DRIVE", f"{server.url}/refuse")
    assert "Let whoever has the link read it" in wrong(run("https://drive.google.com/open?id=x", tmp_path / "page"))


def test_a_bucket_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket() as address:
        assert "is not there" in wrong(run(f"{address}/nowhere.zip", tmp_path / "out"))
        fsspec.filesystem("s3").clear_instance_cache()
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        assert "may not be read: Unable to locate credentials" in wrong(run(f"{address}/a.zip", tmp_path / "out"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nowhere/at/all", "is not there"),
        ("{url}/nowhere.zip", "is not there (HTTP 404)"),
        ("{url}/source", "is not there"),
        ("gs://bucket/data.zip", "gs:// cannot be reached from here: Please install gcsfs"),
        ("gopher://host/data.zip", "is no address"),
        ("http://127.0.0.1:9/user.zip", "is away"),
        ("{url}/source/data_train.csv", "no zip that can be read"),
    ],
)
def test_where_nothing_can_be_had_it_is_said_why(address: str, said: str, tmp_path: Path, server: Web) -> None:
    assert said in wrong(run(address.format(url=server.url), tmp_path / "out"))
    assert not (tmp_path / "out" / TABLE).exists()


def test_more_than_is_allowed_does_not_come(
    tmp_path: Path, server: Web, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIKTOR_ARCHIVE_MAX_BYTES", "1000000")
    for way in ("web zip", "web folder", "folder"):
        assert "is larger than" in wrong(run(WAYS[way](tmp_path, server), tmp_path / way))
    monkeypatch.setenv("DIKTOR_ARCHIVE_MAX_BYTES", "10000000")
    monkeypatch.setenv("DIKTOR_ARCHIVE_MAX_FILES", "4")
    assert "DIKTOR_ARCHIVE_MAX_FILES" in wrong(run(source, tmp_path / "out"))
