"""An archive is looked through: every offender by its line and cause, and a clean table that the corpus then reads."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from diktor.cli.data_validate import validate as command
from diktor.learning.corpus import archive
from diktor.learning.corpus.archive import AUDIO, CLEAN, REPORT, TABLE


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [str(folder), "--jobs", "1", "--json", *arguments])


def told(result: Result) -> dict[str, object]:
    document = json.loads(result.output.splitlines()[-1])
    assert isinstance(document, dict)
    return document


def made(folder: Path, lines: Sequence[str]) -> Path:
    """Noises of a second, one of each class, and lines of a table."""
    (folder / AUDIO).mkdir(parents=True)
    for number in range(4):
        noise = np.random.default_rng(number).normal(0, 0.1, 8000)
        soundfile.write(folder / AUDIO / f"{number}.mp3", noise, 8000, format="MP3")
    (folder / TABLE).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return folder


GOOD = [f"{number}.mp3,{number}" for number in range(4)]


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    bad = ["lost.mp3,0", "1.mp3,1", "2.mp3,7", "copy.mp3,0", "broken.mp3,2", "only-a-name", "../../x.mp3,0"]
    folder = made(tmp_path / "old", [*GOOD, *bad])
    shutil.copy(folder / AUDIO / "0.mp3", folder / AUDIO / "copy.mp3")
    (folder / AUDIO / "broken.mp3").write_bytes(b"no audio" * 100)
    (folder / AUDIO / "more.mp3").write_bytes(b"")
    return folder


SAID = {
    5: "lost.mp3 is missing",
    6: "1.mp3 is listed twice",
    7: "unknown class '7'",
    8: "copy.mp3 is the same recording as 0.mp3",
    9: "broken.mp3 is not an audio file",
    10: "1 columns, two are wanted",
    11: "../../x.mp3 lies outside",
}


def test_a_good_archive_is_told_in_figures(tmp_path: Path) -> None:
    result = run(made(tmp_path / "old", GOOD))
    assert result.exit_code == 0, result.output
    report = told(result)
    assert report["ok"]
    assert report["classes"] == dict.fromkeys(("none", "rhotacism", "fricative_g", "stuttering"), 1)
    assert (report["recordings"], report["offenders"], report["empty"], report["clean"]) == (4, [], [], "")
    assert json.loads((tmp_path / "old" / REPORT).read_text("utf-8")) == report


def test_every_offender_is_named_with_its_line_and_cause(spoilt: Path) -> None:
    result = run(spoilt)
    assert result.exit_code == 1
    offenders = told(result)["offenders"]
    assert isinstance(offenders, list)
    assert len(offenders) == len(SAID)
    for line, what in SAID.items():
        (item,) = (item for item in offenders if item["where"] == f"old/{TABLE}, line {line}")
        assert what in item["what"]
        assert f"wrong {item['where']}: {item['what']}" in result.output
    assert told(result)["unlisted"] == ["more.mp3"]
    assert not (spoilt / CLEAN).exists()
    assert len(archive.read(spoilt).problems) == 4, "the table is read as it is"


def test_what_is_wrong_is_left_out_of_a_clean_table_that_is_read_from_then_on(spoilt: Path) -> None:
    result = run(spoilt, "--drop")
    assert result.exit_code == 0, result.output
    assert (spoilt / CLEAN).read_text("utf-8").splitlines() == GOOD
    entries, problems = archive.read(spoilt)
    assert not problems
    assert [entry.where for entry in entries] == [f"old/{CLEAN}, line {n}" for n in range(1, 5)]
    with (spoilt / TABLE).open("a", encoding="utf-8") as table:
        table.write("3.mp3,3\n")
    assert archive.table_of(spoilt).name == TABLE, "a table that changed is no longer the one that was looked through"
    assert run(spoilt).exit_code == 1
    assert archive.table_of(spoilt).name == TABLE, "the latest validation made no clean table"


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    folder = made(tmp_path / "old", GOOD[:3])
    result = run(folder)
    assert result.exit_code == 1
    assert "wrong class stuttering has no recording" in result.output
    assert told(result)["empty"] == ["stuttering"]
    assert run(folder, "--drop").exit_code == 0
    nothing = made(tmp_path / "nothing", ["lost.mp3,0"])
    assert run(nothing, "--drop").exit_code == 1
    assert not (nothing / CLEAN).exists()
