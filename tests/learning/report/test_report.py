"""A run's report says of a network what is known of it, and stands by itself."""

import re
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from diktor.cli.learn_report import report as command
from diktor.defects import DEFAULT
from diktor.errors import DiktorError
from diktor.learning.audit.report import Report as Audited
from diktor.learning.audit.shortcuts import Shortcut
from diktor.learning.calibration import calibrate, trial_release
from diktor.learning.report import ensemble, kept
from diktor.learning.report.build import build
from diktor.learning.report.document import Report
from diktor.learning.report.judged import Judged
from diktor.learning.report.traits import band
from diktor.learning.run import Run


@pytest.fixture(scope="module")
def written(evaluated: Run) -> Report:
    shortcut = Shortcut("word", "stuttering", "duration", 90, 30, 0.97, 0.95, 0.98, "trees", 0.96, "s", 0.93, "fails")
    audit = evaluated.folder / "audit.json"
    audit.write_bytes(msgspec.json.encode(Audited("test", 2, 0.1, (shortcut,), (), False)))
    where = ["--run", str(evaluated.folder), "--corpus", str(evaluated.corpus), "--audits", str(audit)]
    result = CliRunner().invoke(command, where, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return msgspec.json.decode(evaluated.report.read_bytes(), type=Report)


def test_a_network_that_knows_is_said_to(written: Report) -> None:
    test = written.splits["test"]
    for level, told in test.levels.items():
        for defect, figures in told.items():
            assert figures.auc.value is not None, (level, defect)
            assert figures.auc.value > 0.9, (level, defect)
            assert figures.auc_against_healthy.value > 0.9
    for level in ("call", "window"):
        figures = test.classes[level]
        assert figures.macro_f1.low <= figures.macro_f1.value <= figures.macro_f1.high
        assert sum(map(sum, figures.confusion)) == figures.rows
        assert figures.macro_f1.value > 0.6


def test_evidence_at_the_sound_is_near_it(written: Report) -> None:
    for defect, places in written.splits["test"].localisation.items():
        assert places.sounds > 5, defect
        assert places.found.value > 0.6, defect
        assert places.median_ms.value <= 100, defect


def test_a_member_that_guesses_is_told_from_the_one_that_knows(written: Report) -> None:
    every, knowing, guessing = written.ensemble
    assert (every.name, knowing.name, guessing.name) == ("all together", "knowing", "guessing")
    for defect, figure in guessing.word_auc.items():
        assert knowing.word_auc[defect].value > figure.value + 0.2
    assert {item.defect: item.loss.value for item in written.quantisation} == dict.fromkeys(every.window_auc, 0.0)


def test_groups_are_parts_of_the_whole(written: Report) -> None:
    whole = written.splits["test"].levels["window"]["rhotacism"]
    for trait in ("voice", "sex", "codec", "SNR"):
        own = [
            item
            for item in written.groups
            if (item.split, item.level, item.trait, item.defect) == ("test", "window", trait, "rhotacism")
        ]
        assert sum(item.rows for item in own) == whole.rows, trait
    severe = [item for item in written.groups if item.trait == "severity" and item.level == "window"]
    assert {item.split for item in severe} == {"dev", "test"}
    assert {item.group for item in written.groups if item.trait == "sex"} == {"male", "female"}
    assert {item.trait for item in written.group_alarms} == {"voice", "sex", "codec", "SNR"}


def test_the_page_needs_nothing_from_outside(written: Report, evaluated: Run) -> None:
    html = evaluated.page.read_text("utf-8")
    assert not re.search(r"https?://|\b(?:src|@import|xlink)\b|<link|<script", html)
    assert {match for match in re.findall(r'href="([^"]*)"', html) if not match.startswith("#")} == set()
    assert html.count("<svg") == html.count("</svg>") == 6
    identifiers = re.findall(r'\bid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))
    for missing in ("diktor learn codecs", "diktor learn ablate"):
        assert missing in html


def test_the_same_run_gives_the_same_bytes(written: Report, evaluated: Run, tmp_path: Path) -> None:
    document, page = evaluated.report.read_bytes(), evaluated.page.read_bytes()
    where = ["--run", str(evaluated.folder), "--corpus", str(evaluated.corpus), "--out", str(tmp_path / "page.html")]
    where += ["--audits", str(evaluated.folder / "audit.json")]
    assert CliRunner().invoke(command, where, catch_exceptions=False).exit_code == 0
    assert evaluated.report.read_bytes() == document
    assert (tmp_path / "page.html").read_bytes() == page


def test_audits_stand_in_the_report(written: Report, evaluated: Run, tmp_path: Path) -> None:
    assert written.audits is not None
    assert [(item.trait, item.auc, item.verdict) for item in written.audits] == [("duration", 0.97, "fails")]
    (tmp_path / "audit.json").write_text("[]")
    with pytest.raises(DiktorError, match=r"audit\.json cannot be read"):
        build(evaluated, tmp_path / "audit.json", lambda name, done, of: None)


def test_what_was_kept_comes_back(evaluated: Run) -> None:
    header, scored = kept.load(evaluated.heard("test"), evaluated.corpus)
    assert header.members == ("knowing", "guessing")
    assert [item.call.name for item in scored] == [call.name for call in header.calls]
    assert all(heard.speech_ms == 4000 for item in scored for heard in item.windows)
    assert kept.alone(scored, 1)[0].windows[0].outputs.markers.shape[0] == 1


def test_a_run_that_was_not_evaluated_or_on_another_corpus_says_what_to_run(evaluated: Run, tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="diktor learn evaluate"):
        build(Run(tmp_path, evaluated.corpus), None, lambda name, done, of: None)
    other = tmp_path / "other"
    shutil.copytree(evaluated.corpus, other)
    (other / "manifest.json").write_bytes(msgspec.json.encode({"digest": "other"}))
    with pytest.raises(DiktorError, match="another corpus"):
        build(Run(evaluated.folder, other), None, lambda name, done, of: None)


def test_bands_hold_their_lower_edge() -> None:
    assert [band(value, (15, 25), "dB") for value in (14.9, 15, 24.9, 25)] == [
        "under 15 dB",
        "15–25 dB",
        "15–25 dB",
        "25 dB and more",
    ]


def test_a_member_has_no_figures_of_what_it_has_no_say_in(evaluated: Run) -> None:
    _, scored = kept.load(evaluated.heard("dev"), evaluated.corpus)
    for item in scored:
        for window in item.windows:
            window.outputs.markers[1], window.outputs.with_[1, :, :2] = np.nan, np.nan
            window.outputs.without[1, :, :2] = np.nan
    release = trial_release(calibrate(scored, ("knowing", "events"), DEFAULT), ("knowing", "events"), DEFAULT)
    every, knowing, events = ensemble.members(("knowing", "events"), scored, Judged(scored, release, 3))
    assert every.macro_f1.value is not None
    assert knowing.macro_f1.value is not None
    assert events.macro_f1.value is None
    assert events.word_auc["rhotacism"].value is None
    assert events.window_auc["fricative_g"].value is None
    assert events.window_auc["stuttering"].value is not None
    assert every.word_auc["rhotacism"] == knowing.word_auc["rhotacism"]
