"""The command says what it could not say, and ends as its report does."""

from pathlib import Path

import msgspec
from click.testing import CliRunner

from diktor.cli.audit_tables import show
from diktor.cli.learn_audit import audit
from diktor.errors import DiktorError
from diktor.learning.audit.leak import Leak
from diktor.learning.audit.report import Report
from diktor.learning.audit.shortcuts import Shortcut


def test_a_corpus_without_defects_does_not_pass(corpus: Path) -> None:
    result = CliRunner().invoke(audit, ["--corpus", str(corpus), "--json"])
    assert result.exit_code == 1
    found = msgspec.json.decode(result.stdout.splitlines()[-1], type=Report)
    assert found.corpus_digest == "test"
    assert found.clips == 48
    assert not found.passes
    assert {item.verdict for item in found.shortcuts} == {"too few"}
    assert found.leaks == ()


def test_a_run_that_was_not_evaluated_is_refused(corpus: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(audit, ["--corpus", str(corpus), "--run", str(tmp_path)])
    assert isinstance(result.exception, DiktorError)
    assert "diktor learn evaluate" in str(result.exception)


def test_a_reader_sees_figures_verdicts_and_what_tells(capsys) -> None:  # type: ignore[no-untyped-def]
    shortcut = Shortcut(
        "word", "stuttering", "duration", 90, 30, 0.97, 0.95, 0.98, "trees", 0.96, "seconds", 0.93, "fails"
    )
    report = Report(
        "a" * 64, 2, 0.1, (shortcut,), (Leak("rhotacism", "р", 40, 0.52, 0.45, 0.58, 0.5, "passes"),), False
    )
    show(report)
    shown = capsys.readouterr().out
    for piece in ("0.970 (0.950–0.980) fails", "0.520 (0.450–0.580) passes", "most telling: seconds (0.930)"):
        assert piece in shown
