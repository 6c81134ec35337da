"""From a corpus to a serving release: the tasks that `rebuild_model` and `retrain_on_calls` share."""

from pathlib import Path
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from diktor_dags import gate as rules
from diktor_dags.releasing import RELEASE, deploy, rival, verify
from diktor_dags.work import HEAVY, Work


@task(pool_slots=HEAVY)
def base_corpus() -> dict[str, Any]:
    """Synthetic speech with exact labels, made here or named by the form."""
    work = Work.here()
    if work.form["base_corpus"]:
        return {"corpus": str(Path(work.form["base_corpus"]).absolute())}
    if not work.form["base_minutes"]:
        raise AirflowSkipException("no base corpus was asked for")
    out = work.folder / "base"
    return work.step(
        "base",
        *("learn", "corpus", "--out", out, "--minutes", work.form["base_minutes"]),
        *("--seed", work.form["corpus_seed"], "--jobs", work.form["threads"], *work.option("--defects", "taxonomy")),
        leaves=[out / "manifest.json"],
    )


@task(pool_slots=HEAVY, retries=2)
def pretrain(corpus: dict[str, Any], counted: dict[str, Any] | None = None) -> dict[str, Any]:
    """Stage 1: marker letters are counted."""
    work = Work.here()
    seeds = ",".join(map(str, work.form["seeds"]))
    heard = ["--counts", counted["counts"], "--audio", counted["audio"]] if counted else []
    return work.step(
        "pretrain",
        *("learn", "pretrain", "--corpus", corpus["corpus"], "--run", work.run),
        *work.option("--budget", "pretrain_minutes"),
        *work.option("--epochs", "pretrain_epochs"),
        *("--start", work.form["base_model"], "--seeds", seeds),
        *("--tracking", work.form["tracking"], *work.option("--members", "members"), *heard),
        after=corpus,
    )


@task(pool_slots=HEAVY, retries=2)
def train(corpus: dict[str, Any], pretrained: dict[str, Any]) -> dict[str, Any]:
    """Stage 2: defects are heard."""
    work = Work.here()
    return work.step(
        "train",
        *("learn", "train", "--corpus", corpus["corpus"], "--run", work.run),
        *work.option("--budget", "train_minutes"),
        *work.option("--epochs", "train_epochs"),
        *("--tracking", work.form["tracking"]),
        after=pretrained,
    )


@task(pool_slots=HEAVY)
def evaluate(corpus: dict[str, Any], trained: dict[str, Any]) -> dict[str, Any]:
    """Calibrated on the development voices, measured on the held-out ones."""
    work = Work.here()
    found = work.step(
        "evaluate",
        *("learn", "evaluate", "--corpus", corpus["corpus"], "--run", work.run, "--tracking", work.form["tracking"]),
        leaves=[work.run / "evaluation.json"],
        after=[corpus.get("digest"), trained["steps"]],
    )
    return {"calls": found["test"]["calls"], **found["test"]["classes"]}


@task
def judge(found: dict[str, Any], serving: dict[str, Any]) -> dict[str, Any]:
    """The gate's reasons; both were measured on the same calls."""
    form = Work.here().form
    why = rules.reasons(found, serving, form["min_macro_f1"], form["max_class_drop"])
    return {"passes": not why, "why": why, "found": found, "serving": serving}


@task.branch
def gate(judged: dict[str, Any]) -> str:
    """Released, or not."""
    return "export" if judged["passes"] else "not_released"


@task
def not_released(judged: dict[str, Any]) -> None:
    """Ends the run and says why: nothing was released, nothing was deployed."""
    raise AirflowFailException("the gate refused it: " + "; ".join(judged["why"]))


@task
def export(corpus: dict[str, Any], judged: dict[str, Any]) -> dict[str, Any]:
    """The network as Triton reads it. Its number there says nothing: the store gives the next one."""
    work = Work.here()
    out, lineage = work.folder / "release", work.calls / "lineage.json"
    return work.step(
        "export",
        *("learn", "export", "--corpus", corpus["corpus"], "--run", work.run, "--out", out),
        *("--release", 1, "--name", work.form["name"], "--tracking", work.form["tracking"]),
        *(("--lineage", lineage) if lineage.exists() else ()),
        leaves=[out / "speech_defects_1" / "release.json"],
        after=[corpus.get("digest"), judged["found"]],
    )


@task(outlets=[RELEASE])
def release(exported: dict[str, Any], *, outlet_events: Any = None) -> dict[str, Any]:
    """Into the store, under the next number. Once only, whatever is retried."""
    work = Work.here()
    folder = Path(exported["repository"])
    found = work.step("release", "release", "add", folder, leaves=[folder], after=exported)
    outlet_events[RELEASE].extra = {"release": found["release"], "folder": str(work.folder)}
    return found


@task.short_circuit
def want_deploy(released: dict[str, Any]) -> bool:
    """As the form says."""
    return bool(Work.here().form["deploy"])


def to_release(corpus: Any, counted: Any = None) -> None:
    """The chain from a corpus on."""
    through_gate(corpus, evaluate(corpus, train(corpus, pretrain(corpus, counted))))


def through_gate(corpus: Any, found: Any) -> None:
    """The chain from figures on: released and deployed, or refused."""
    judged = judge(found, rival(corpus, found))
    exported = export(corpus, judged)
    gate(judged) >> [exported, not_released(judged)]
    released = release(exported)
    deployed = deploy(released)
    want_deploy(released) >> deployed
    verify(deployed)
