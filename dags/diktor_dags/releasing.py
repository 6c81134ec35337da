"""Tasks about releases: which one serves, deploying one, seeing that it serves."""

from typing import Any

from airflow.sdk import Asset, task

from diktor_dags.work import HEAVY, Work

RELEASE = Asset(name="diktor_release", uri="x-diktor://releases")
"""A new release. Others can wait for it: `schedule=[RELEASE]`, or `after_release = true` in a profile."""


def serving(work: Work) -> dict[str, Any]:
    """The release that serves: `release` is its number, `document` what is known of it."""
    return work.step("serving", "release", "show", "active")


@task(pool_slots=HEAVY)
def rival(corpus: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What serves now, on the very calls on which what was learned was `found` to be what it is."""
    return Work.here().step(
        "rival", "release", "evaluate", "active", "--corpus", corpus["corpus"], after=[corpus.get("digest"), found]
    )


@task
def deploy(released: dict[str, Any]) -> dict[str, Any]:
    """Loaded beside the serving one, tried on golden windows, only then made active."""
    return Work.here().step("deploy", "release", "deploy", released["release"])


@task(retries=2)
def verify(deployed: dict[str, Any]) -> dict[str, Any]:
    """The active release is the one that was deployed."""
    found = serving(Work.here())
    if found["release"] != deployed["release"]:
        raise RuntimeError(f"release {deployed['release']} was deployed, and release {found['release']} serves")
    return {"release": found["release"]}
