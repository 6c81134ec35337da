"""Which members a run has: of the shipped ensemble, of a file, with seeds of one's own; kept with the run."""

from pathlib import Path

import pytest

from diktor.errors import DiktorError
from diktor.learning.members import choose, members_of
from diktor.learning.model import MEMBERS, MemberSpec
from diktor.learning.run import Run

FILE = """
[[members]]
name = "one"
layers = 1
tuned = 0
[[members]]
name = "two"
layers = 2
tuned = 1
hidden = 8
"""


@pytest.fixture
def begun(tmp_path: Path) -> Run:
    return Run(tmp_path / "run", tmp_path / "corpus")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "members.toml"
    path.write_text(FILE)
    return path


def test_a_run_that_says_nothing_has_the_shipped_ensemble(begun: Run) -> None:
    assert choose(begun) == members_of(begun) == MEMBERS
    assert choose(begun, seeds=[spec.seed for spec in MEMBERS]) == MEMBERS
    assert not begun.folder.exists()


def test_members_of_a_file_with_seeds_are_kept_and_gone_on_with(begun: Run, file: Path) -> None:
    chosen = choose(begun, file, [7, 8])
    assert chosen == (MemberSpec("one", 1, 0, seed=7), MemberSpec("two", 2, 1, hidden=8, seed=8))
    assert choose(begun) == choose(begun, file, [7, 8]) == members_of(begun) == chosen
    with pytest.raises(DiktorError, match="begun with other members"):
        choose(begun, file, [7, 9])
    with pytest.raises(DiktorError, match="begun with other members"):
        choose(begun, seeds=[1, 2])


def test_a_run_that_started_with_the_shipped_members_takes_no_others(begun: Run, file: Path) -> None:
    begun.folder.mkdir()
    begun.start.touch()
    with pytest.raises(DiktorError, match="begun with other members"):
        choose(begun, file)
    assert choose(begun) == MEMBERS


@pytest.mark.parametrize(
    ("text", "seeds", "why"),
    [
        (FILE, [1], "1 seeds for 2 members"),
        (FILE.replace("hidden", "width"), [], "width"),
        (FILE.replace("two", "one"), [], "two of one name"),
        ("members = []", [], "lists no members"),
        ('[[members]]\nname = "one"\nlayers = 1\ntuned = 0\nhears = ["stuttering"]', [], "hears all defects"),
        ("[[members", [], "lists no members"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(begun: Run, file: Path, text: str, seeds: list[int], why: str) -> None:
    file.write_text(text)
    with pytest.raises(DiktorError, match=why):
        choose(begun, file, seeds)
    assert not begun.members.exists()


def test_a_member_that_hears_a_defect_which_the_corpus_has_not_is_refused(corpus: Path, tmp_path: Path) -> None:
    run, file = Run(tmp_path / "run", corpus), tmp_path / "members.toml"
    file.write_text(FILE + 'hears = ["stutering"]\n')
    with pytest.raises(DiktorError, match="no defect stutering") as refused:
        choose(run, file)
    assert "stuttering" in refused.value.remedy
    file.write_text(FILE + 'hears = ["stuttering"]\n')
    assert choose(run, file)[1].hears == ("stuttering",)
