"""What is typed becomes what the form wants; how far a run is, in a line."""

import pytest

from diktor.cli.pipeline_run import values
from diktor.errors import PipelineError
from diktor.pipeline.airflow import TaskInstance
from diktor.pipeline.progress import progress

FORM = {
    "name": {"schema": {"type": "string"}},
    "data": {"schema": {"type": ["null", "string"]}},
    "minutes": {"schema": {"type": "number"}},
    "seeds": {"schema": {"type": "array"}},
    "deploy": {"schema": {"type": "boolean"}},
}


def test_typed_text_becomes_the_forms_types() -> None:
    given = {"name": "7", "data": "12", "minutes": "1.5", "seeds": "[1, 2]", "deploy": "true"}
    assert values(given, FORM) == {"name": "7", "data": "12", "minutes": 1.5, "seeds": [1, 2], "deploy": True}


def test_what_the_form_does_not_have_or_cannot_be_is_refused() -> None:
    with pytest.raises(PipelineError, match="there is no days, epochs"):
        values({"epochs": "3", "days": "2", "name": "x"}, FORM)
    with pytest.raises(PipelineError, match="seeds=1,2 is no array"):
        values({"seeds": "1,2"}, FORM)


def test_a_run_is_told_by_what_is_done_what_works_and_what_failed() -> None:
    tasks = [
        TaskInstance("check", state="success"),
        TaskInstance("fetch", state="skipped"),
        TaskInstance("transcribe", 0, "running"),
        TaskInstance("transcribe", 1, "queued"),
        TaskInstance("base_corpus", state="failed"),
        TaskInstance("corpus", state="upstream_failed"),
        TaskInstance("train"),
    ]
    assert str(progress(tasks)) == ("2 of 7 tasks done, now transcribe[0], transcribe[1] (queued), failed base_corpus")
    assert str(progress([])) == "0 of 0 tasks done"
