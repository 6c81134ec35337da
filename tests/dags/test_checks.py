"""A filled form is refused with all that is wrong with it; the gate gives all its reasons, profiles too."""

from pathlib import Path
from typing import Any

import pytest
from diktor_dags import checks, gate, profiles

FORM = {
    "data": "",
    "offenders": "stop",
    "taxonomy": "",
    "base_minutes": 200,
    "base_corpus": "",
    "base_model": "whisper-start",
    "whisper_model": "offline",
    "pretrain_minutes": None,
    "pretrain_epochs": None,
    "train_minutes": None,
    "train_epochs": None,
    "members": "",
    "seeds": [11, 23],
}
SERVING = {"macro_f1": 0.9, "f1": {"none": 0.9, "rhotacism": 0.8, "sigmatism": 0.7}}


def complaints(tmp_path: Path, given: tuple[str, ...] = (), **changed: Any) -> list[str]:
    return checks.complaints(given, {**FORM, **changed}, tmp_path)


def test_a_form_as_it_comes_is_right(tmp_path: Path) -> None:
    assert complaints(tmp_path, ("data", "seeds")) == []
    assert complaints(tmp_path, pretrain_minutes=0, train_epochs=3) == []
    assert complaints(tmp_path, data=None, taxonomy=None, base_corpus=None, members=None) == []
    (tmp_path / "old").mkdir()
    assert complaints(tmp_path, data="old", offenders="drop") == []
    assert complaints(tmp_path, data="s3://bucket/old.zip", base_minutes=0) == []


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({"base_minutes": 0}, "nothing to learn from"),
        ({"base_minutes": 0.5}, "less than a minute"),
        ({"base_corpus": "there", "base_minutes": 0, "taxonomy": "own.toml"}, "a taxonomy of its own"),
        ({"base_corpus": "there"}, "either made or there"),
        ({"base_corpus": "empty", "base_minutes": 0}, "no finished corpus"),
        ({"offenders": "drop"}, "no data to drop"),
        ({"data": "nowhere.zip"}, "nowhere.zip is not there"),
        ({"taxonomy": "none.toml"}, "none.toml is not there"),
        ({"members": "none.toml"}, "none.toml is not there"),
        ({"base_model": "./none"}, "./none is not there"),
        ({"whisper_model": "/none"}, "/none is not there"),
        ({"pretrain_minutes": 0, "pretrain_epochs": 1}, "pretrain_minutes, pretrain_epochs: a stage has a budget or"),
        ({"train_minutes": 14, "train_epochs": 2}, "train_minutes, train_epochs: a stage has a budget or"),
        ({"seeds": [5, 5]}, "would learn the same"),
        ({"seeds": [5]}, "has 2 members"),
    ],
)
def test_each_contradiction_is_named(tmp_path: Path, changed: dict[str, Any], about: str) -> None:
    for name in ("there", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "there" / "manifest.json").touch()
    (tmp_path / "own.toml").touch()
    (found,) = complaints(tmp_path, **changed)
    assert about in found


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    found = complaints(tmp_path, ("sheds", "epochs", "data"), base_minutes=0, seeds=[1], base_model="./none")
    assert len(found) == 5
    assert found[:2] == ["epochs: there is no such parameter", "sheds: there is no such parameter"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"macro_f1": 0.85, "f1": {"none": 0.88, "rhotacism": 0.79}}, []),
        ({"macro_f1": 0.79, "f1": {"none": 0.88, "rhotacism": 0.79}}, ["macro-F1 is 0.790, below 0.800"]),
        ({"macro_f1": None, "f1": {}}, ["macro-F1 could not be taken: the test split has too few calls"]),
        (
            {"macro_f1": 0.7, "f1": {"none": 0.8, "rhotacism": None}},
            [
                "macro-F1 is 0.700, below 0.800",
                "none is 0.800, more than 0.050 below the serving release's 0.900",
                "rhotacism could not be measured; the serving release has 0.800",
            ],
        ),
    ],
)
def test_the_gate_gives_every_reason(found: dict[str, Any], why: list[str]) -> None:
    assert gate.reasons(found, SERVING, 0.8, 0.05) == why


def test_of_classes_that_the_serving_release_does_not_know_only_the_figure_itself_counts() -> None:
    assert gate.reasons({"macro_f1": 0.8, "f1": {"lisp": 0.1}}, {"f1": {"none": 0.9}}, 0.8, 0.0) == []


def test_a_profile_changes_a_dag_or_makes_one(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text(
        '[retrain_on_calls]\nschedule = "@daily"\n'
        '[nightly]\nof = "rebuild_model"\nafter_release = true\nparams = { base_minutes = 8 }\n'
    )
    found = profiles.read(file)
    assert found["retrain_on_calls"] == profiles.Profile("retrain_on_calls", "retrain_on_calls", "@daily")
    assert found["nightly"] == profiles.Profile(
        "nightly", "rebuild_model", after_release=True, params={"base_minutes": 8}
    )
    assert profiles.built_in(file, "deploy_release") == profiles.Profile("deploy_release", "deploy_release")


def test_wrong_profiles_are_named_and_take_no_built_in_dag_away(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text(
        '[a]\nof = "deploy_release"\n[b]\nof = "rebuild_model"\nschedule = 5\ncron = ""\n[rebuild_model]\nof = "x"'
    )
    with pytest.raises(profiles.ProfileError) as caught:
        profiles.read(file)
    for part in ("[a] `of` is none of", "[b] cron is not known", "[b] schedule is no str", "[rebuild_model] is there"):
        assert part in str(caught.value)
    assert profiles.built_in(file, "retrain_on_calls").schedule is None
