"""A new data folder: the shipped release is number 1 and active, before anything was started."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.embedded.triton import fill, seed
from diktor.cli import diktor
from diktor.errors import ReleaseError, UnavailableError
from diktor.releases import load_release
from diktor.releases.store import Releases, found
from diktor.settings import Settings
from tests.support.processes import ROOT, free_port
from tests.support.releases import small_release


def said(home: Path, *arguments: str) -> dict:
    done = CliRunner().invoke(diktor, ["release", *arguments], env={"DIKTOR_HOME": str(home)}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    answer: dict = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_what_is_added_first_comes_after_the_shipped_release(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert said(home, "add", str(small_release(tmp_path / "export")), "--json")["release"] == 2
    assert [row["state"] for row in said(home, "list", "--json")["releases"]] == ["active", ""]
    shown = said(home, "show", "active", "--json")
    assert (shown["release"], shown["name"]) == (1, load_release(ROOT / "triton_models", 1).name)
    assert shown["macro_f1"] > 0.5
    assert Path(shown["folder"], "models", "member_a", "model.onnx").exists()


def test_tritons_repository_is_filled_from_the_store_with_generated_configurations(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, model_repository=tmp_path / "models")
    seed(settings)
    assert fill(settings) == ["speech_defects_1"]
    deployed, release = load_release(tmp_path / "models", 1), found(settings)
    assert deployed == release
    text = (tmp_path / "models" / "speech_defects_1" / "config.pbtxt").read_text()
    assert all(f'"{model}_1"' in text for model in release.models[:-1])
    assert not (tmp_path / "models.staged").exists()


def test_a_damaged_release_is_not_served_at_the_start(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, model_repository=tmp_path / "models")
    seed(settings)
    path = Releases.of(settings).folder(1) / "models" / "member_b" / "model.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    assert fill(settings) == []
    assert not list((tmp_path / "models").glob("*"))


def test_a_deployment_without_triton_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIKTOR_TRITON", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("DIKTOR_MODEL_REPOSITORY", str(tmp_path / "models"))
    number = said(tmp_path, "add", str(small_release(tmp_path / "export")), "--json")["release"]
    with pytest.raises(UnavailableError, match="is away"):
        said(tmp_path, "deploy", str(number), "--json")
    with pytest.raises(ReleaseError, match="no release 9"):
        said(tmp_path, "deploy", "9", "--json")
    assert said(tmp_path, "show", "active", "--json")["release"] == 1
    assert not (tmp_path / "models").exists()
