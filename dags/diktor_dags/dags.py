"""The DAGs themselves, each made for a profile: the built-in ones and those of `profiles.toml`."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, dag, task

from diktor_dags import form, notify
from diktor_dags.learning import base_corpus, to_release
from diktor_dags.material import check, fetch, own_corpus, prepare, shards, transcribe, validate
from diktor_dags.profiles import Profile
from diktor_dags.releasing import RELEASE, deploy, verify
from diktor_dags.work import HEAVY, Work


def rebuild_model(profile: Profile) -> DAG:
    """From a data set at any address to a serving release."""

    @task(pool_slots=HEAVY, trigger_rule=TriggerRule.NONE_FAILED)
    def corpus(base: dict[str, Any] | None = None) -> dict[str, Any]:
        """Data set and base corpus as what is learned from."""
        work = Work.here()
        if not work.form["data"]:
            return own_corpus(work, base)
        drop = ["--drop"] if work.form["offenders"] == "drop" else []
        return own_corpus(work, base, "--archive", work.data, "--transcripts", work.words, *drop)

    @_dag(profile, form.rebuild(), "Rebuild the model from data at any address; release it, deploy it if wanted")
    def made() -> None:
        checked, fetched = check(), fetch()
        checked >> fetched
        heard = transcribe.partial(audio=fetched["folder"]).expand(part=shards(validate(fetched)))
        counted = prepare()
        base = base_corpus()
        checked >> base
        heard >> counted
        mixed = corpus(base)
        counted >> mixed
        to_release(mixed)

    return made()


def retrain_on_calls(profile: Profile) -> DAG:
    """The same from the application's own calls."""

    @task
    def collect() -> dict[str, Any]:
        """Recordings of the last days, and what supervisors said of them."""
        work = Work.here()
        days, least = work.form["days"], work.form["min_new"]
        return work.step(
            "collect",
            *("data", "from-calls", "--out", work.calls, "--days", days, "--min-new", least),
            *work.option("--defects", "taxonomy"),
        )

    @task.short_circuit
    def enough(collected: dict[str, Any]) -> bool:
        """Whether there is enough that is new; the log says what is missing."""
        if why := collected.get("skip"):
            print(f"skipped: {why}")
        return not collected.get("skip")

    @task(pool_slots=HEAVY, trigger_rule=TriggerRule.NONE_FAILED)
    def corpus(collected: dict[str, Any], base: dict[str, Any] | None = None) -> dict[str, Any]:
        """Confirmed and rejected windows and the base corpus as what is learned from."""
        work = Work.here()
        source = ["--manifest", collected["manifest"]] if collected.get("manifest") else []
        return own_corpus(work, base, *source)

    @task(trigger_rule=TriggerRule.NONE_FAILED)
    def counts(collected: dict[str, Any], prepared: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Unlabelled recordings, for stage 1."""
        return {"counts": prepared["counts"], "audio": collected["unlabelled"]} if prepared else None

    @_dag(profile, form.retrain(), "Rebuild the model on the application's own calls and what supervisors said of them")
    def made() -> None:
        checked, collected = check(), collect()
        checked >> collected
        wanted = enough(collected)
        parts = shards(collected)
        heard = transcribe.partial(audio=collected["unlabelled"]).expand(part=parts)
        prepared, base = prepare(), base_corpus()
        wanted >> [base, parts]
        heard >> prepared
        to_release(corpus(collected, base), counts(collected, prepared))

    return made()


def deploy_release(profile: Profile) -> DAG:
    """Any kept release."""
    number = Param(1, type="integer", minimum=1, title="Release", description="Its number: diktor release list.")

    @task
    def chosen() -> dict[str, Any]:
        """It is kept in the store."""
        work = Work.here()
        work.step("chosen", "release", "show", work.form["release"])
        return {"release": work.form["release"]}

    @_dag(profile, {"release": number}, "Deploy a release that is kept; the serving one goes on until it passes")
    def made() -> None:
        verify(deploy(chosen()))

    return made()


def roll_back_release(profile: Profile) -> DAG:
    """The one before."""

    @task(retries=0)
    def roll_back() -> dict[str, Any]:
        """Takes seconds. Not repeated by itself: another time would go back further."""
        return Work.here().step("roll-back", "release", "roll-back")

    @_dag(profile, {}, "Go back to the release that served before")
    def made() -> None:
        verify(roll_back())

    return made()


KINDS = {made.__name__: made for made in (rebuild_model, retrain_on_calls, deploy_release, roll_back_release)}


def make(profile: Profile) -> DAG:
    """The DAG of a profile."""
    return KINDS[profile.of](profile)


def _dag(profile: Profile, params: dict[str, Param], description: str) -> Any:
    unknown = sorted(set(profile.params) - set(params))
    if unknown:
        raise ValueError(f"profile {profile.name}: {', '.join(unknown)}: there are no such parameters")
    changed = {name: Param(value, **_rest(params[name])) for name, value in profile.params.items()}
    return dag(
        dag_id=profile.name,
        dag_display_name=profile.name,
        description=profile.title or description,
        doc_md=description,
        schedule=_schedule(profile),
        catchup=False,
        max_active_runs=1,
        params={**params, **changed},
        default_args={"retries": 1, "retry_delay": timedelta(seconds=5)},
        on_failure_callback=notify.failed,
        tags=["diktor"],
    )


def _schedule(profile: Profile) -> Any:
    if profile.after_release:
        return [RELEASE]
    return CronTriggerTimetable(profile.schedule, timezone="UTC") if profile.schedule else None


def _rest(param: Param) -> dict[str, Any]:
    return {"description": param.description, **param.schema}
