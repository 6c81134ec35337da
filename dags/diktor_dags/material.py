"""From an address to what is learned from: the tasks before training."""

from typing import Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from diktor_dags import checks, surroundings
from diktor_dags.commands import StepError
from diktor_dags.work import Work

ABREAST = 2
"""Parts of the recordings that are transcribed at once."""

SHOWN = 20
"""Offenders that are named in the error itself."""


@task
def check() -> dict[str, Any]:
    """Refuses a form that is wrong, with all that is wrong."""
    work, context = Work.here(), get_current_context()
    known = {key: work.form[key] for key in context["dag"].params}
    wrong = checks.complaints({*(context["dag_run"].conf or {}), *work.form}, known, surroundings.ROOT)
    if wrong:
        raise AirflowFailException("the form is wrong: " + "; ".join(wrong))
    work.folder.mkdir(parents=True, exist_ok=True)
    return {"folder": str(work.folder)}


@task
def fetch() -> dict[str, Any]:
    """The data set, from wherever it is."""
    work = Work.here()
    if not work.form["data"]:
        raise AirflowSkipException("no data set was asked for: the base corpus alone")
    return work.step("fetch", "data", "fetch", work.form["data"], "--out", work.data)


@task
def validate(fetched: dict[str, Any]) -> dict[str, Any]:
    """Names everything that is wrong in the data; then the run stops or leaves it out, as the form says."""
    work = Work.here()
    drop = ["--drop"] if work.form["offenders"] == "drop" else []
    command = ("data", "validate", fetched["folder"], "--jobs", work.form["threads"])
    try:
        return work.step("validate", *command, *drop, *work.option("--defects", "taxonomy"))
    except StepError as error:
        raise AirflowFailException(_unfit(error)) from error  # it would find the same again


def _unfit(error: StepError) -> str:
    """What is wrong with the data, the first of it; the log has everything."""
    wrong = [f"{item['where']}: {item['what']}" for item in error.told.get("offenders", ())]
    wrong += [f"class {name} has no recording" for name in error.told.get("empty", ())]
    more = f"; and {len(wrong) - SHOWN} more, see the log" if len(wrong) > SHOWN else ""
    return f"the data is not fit: {'; '.join(wrong[:SHOWN])}{more}" if wrong else str(error)


@task
def shards(there: dict[str, Any]) -> list[int]:
    """In which parts recordings are transcribed."""
    if there.get("unlabelled", True) is None:
        raise AirflowSkipException("there are no recordings without labels")
    return list(range(1, Work.here().form["parts"] + 1))


@task(max_active_tis_per_dagrun=ABREAST)
def transcribe(audio: str, part: int) -> dict[str, Any]:
    """Words with times of one part of the recordings; what was transcribed before stays."""
    work = Work.here()
    return work.step(
        f"transcribe-{part}",
        *("learn", "transcribe", "--audio", audio, "--out", work.words, "--drop"),
        *("--part", f"{part}/{work.form['parts']}", "--threads", work.form["threads"]),
        *("--model", work.form["whisper_model"]),
    )


@task
def prepare() -> dict[str, Any]:
    """Marker letters per window of what was transcribed, and how many can be trusted."""
    work = Work.here()
    return work.step(
        "prepare",
        *("learn", "prepare", "--transcripts", work.words, "--out", work.counts, *work.option("--defects", "taxonomy")),
    )


def own_corpus(work: Work, base: dict[str, Any] | None, *source: object) -> dict[str, Any]:
    """A corpus of recordings, mixed with the base corpus if there is one; the base corpus alone without any."""
    if not source:
        if base is None:
            raise AirflowFailException("there is nothing to learn from: no labels, and no base corpus")
        return base
    out = work.folder / "corpus"
    return work.step(
        "corpus",
        *("learn", "corpus", "--out", out, *source, *(["--add", base["corpus"]] if base else [])),
        *("--seed", work.form["corpus_seed"], "--jobs", work.form["threads"]),
        *([] if base else work.option("--defects", "taxonomy")),
        leaves=[out / "manifest.json"],
        after=base,
    )
