"""A release says what audits and real recordings said of it, and nothing where they were not asked."""

from pathlib import Path

import msgspec

from diktor.defects import DEFAULT
from diktor.learning.audit.leak import Leak
from diktor.learning.audit.report import Report
from diktor.learning.audit.shortcuts import Shortcut
from diktor.learning.contrast.compare import Contrast
from diktor.learning.export.checks import checks, section
from diktor.learning.run import Run


def run_with(tmp_path: Path, digest: str) -> Run:
    run = Run(tmp_path / "run", tmp_path / "corpus")
    run.folder.mkdir()
    run.corpus.mkdir()
    (run.corpus / "manifest.json").write_text('{"digest": "abc"}', "utf-8")
    told = (
        Shortcut("word", "stuttering", "duration", 100, 40, 0.61, verdict="passes"),
        Shortcut("word", "stuttering", "pauses", 100, 40, 0.64, verdict="passes"),
        Shortcut("clip", "stuttering", "duration", 100, 40, 0.52, verdict="passes"),
    )
    report = Report(digest, 10, 1.0, told, (Leak("rhotacism", "р", 50, 0.58, verdict="passes"),), True)
    run.audits.write_bytes(msgspec.json.encode(report))
    scores = {"letter": 0.96, "control": 0.51, "inside": 0.8}
    counted = {"own, letter": 0.7, "own, no letter": 0.1, "others, letter": 0.8, "others, no letter": 0.1}
    run.contrast.write_bytes(msgspec.json.encode([Contrast("mp3-8", scores, scores, counted, {})]))
    return run


def test_the_card_has_the_most_telling_trait_the_leak_and_the_contrast(tmp_path: Path) -> None:
    found = checks(run_with(tmp_path, "abc"))
    text = section(found, DEFAULT)
    assert found["audits"]["shortcuts"]["word"] == {"stuttering": 0.64}
    assert "Every audit passes." in text
    assert "| most telling trait of a word | – | – | .640 |" in text
    assert "| leak | .580 | – | – |" in text
    assert "| rhotacism | mp3-8 | evidence | .960 | .510 | .800 | .700 |" in text


def test_audits_of_another_corpus_are_not_this_ones(tmp_path: Path) -> None:
    assert "audits" not in checks(run_with(tmp_path, "other"))


def test_a_run_that_was_not_asked_says_nothing(tmp_path: Path) -> None:
    assert checks(Run(tmp_path, tmp_path)) == {}
    assert section({}, DEFAULT) == ""
