"""A new defect is an entry in a taxonomy file, its letters and a function that makes it: nothing else changes."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from rich.text import Text

from diktor import defects
from diktor.audio.grid import Grid, Window
from diktor.cli.learn_corpus import corpus
from diktor.cli.learn_defects import taxonomy as chosen
from diktor.cli.learn_evaluate import evaluate
from diktor.cli.learn_export import export
from diktor.cli.learn_pretrain import pretrain
from diktor.cli.learn_train import train
from diktor.cli.tables import calls_table
from diktor.errors import DiktorError, ReleaseError
from diktor.learning import assess, calls, model, stages, states
from diktor.learning.corpus.build import Recipe, build
from diktor.learning.corpus.clips import Clip, load_clips, read_audio, taxonomy_of
from diktor.learning.corpus.sounds import Place, Replacement
from diktor.learning.corpus.world import Frames
from diktor.learning.ensemble import Ensemble
from diktor.learning.model import MemberSpec
from diktor.learning.transcription.markers import counts, places
from diktor.releases import Release, load_release
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, WindowRow
from diktor.scoring.combine import Scores
from diktor.scoring.verdict import class_of, verdicts
from diktor.scoring.windows import window_row
from tests.support.processes import ROOT

ENTRY = """
[[defects]]
name = "sigmatism"
title_ru = "сигматизм"
title_en = "sigmatism"
letters = ["с", "ш", "з", "ж"]
phones = ["s", "ss", "sh", "z", "zz", "zh"]
transform = "tests.learning.test_new_defect:interdental"
minimum_markers = 2.0
"""
LETTER = "сшзж"
TINY = (MemberSpec("tiny", layers=1, tuned=0, hidden=16, far=5),)


def interdental(source: Frames, place: Place, phone: str, rng: Random) -> Replacement:
    """A sibilant without its peak, as with the tongue between the teeth."""
    old = source.cut(place.start, place.stop)
    flat = old.envelope.mean(1, keepdims=True) - rng.uniform(1, 3)
    frames = Frames(old.f0, 0.2 * old.envelope + 0.8 * flat, old.aperiodicity)
    return Replacement(frames, place.start, place.stop, 0, len(frames), "interdental")


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taxonomy") / "defects.toml"
    path.write_text((ROOT / "diktor" / "defects.toml").read_text("utf-8") + ENTRY, "utf-8")
    return path


@pytest.fixture(scope="module")
def speech(taxonomy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("speech")
    options = ["--out", folder, "--source", ROOT / "assets" / "speech", "--minutes", 1, "--jobs", 1]
    command(corpus, *options, "--defects", taxonomy)
    return folder


@pytest.fixture(scope="module")
def repository(speech: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the tiniest network, by the commands."""
    folder = tmp_path_factory.mktemp("release")
    where = ["--corpus", speech, "--run", folder / "run"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "MEMBERS", TINY)
        patch.setattr(stages, "CALIBRATION_WINDOWS", 8)
        patch.setattr(assess, "SHUFFLES", 1)
        for module in (states, calls):  # every process would load torch anew
            patch.setattr(module, "ProcessPoolExecutor", lambda processes, mp_context: ThreadPoolExecutor(1))
        command(pretrain, *where, "--budget", 0.02)
        command(train, *where, "--budget", 0.02)
        command(evaluate, *where)
        command(export, *where, "--out", folder / "models", "--release", 3)
    return folder / "models"


@pytest.fixture(scope="module")
def release(repository: Path) -> Release:
    return load_release(repository, 3)


def command(run: Any, *options: object) -> None:
    result = CliRunner().invoke(run, [str(option) for option in options], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_the_corpus_has_the_new_defect_in_its_own_version_and_among_the_mixed(speech: Path, taxonomy: Path) -> None:
    assert taxonomy_of(speech) == defects.load(taxonomy)
    groups: dict[str, dict[str, Clip]] = {}
    for clip in load_clips(speech):
        groups.setdefault(clip.group, {})[clip.version] = clip
    made = 0
    for versions in groups.values():
        assert set(versions) == {"healthy", "rhotacism", "fricative_g", "sigmatism", "mixed", "stuttering"}
        assert len({tuple(mark.letter for mark in clip.marks) for clip in versions.values()}) == 1
        for name, clip in versions.items():
            kinds = {mark.kind for mark in clip.marks if mark.letter == LETTER and mark.defective}
            assert kinds <= ({"interdental"} if name in ("sigmatism", "mixed") else set())
            made += len(kinds)
    assert made > len(groups)


def test_letters_of_a_transcript_are_counted_as_one_group(taxonomy: Path) -> None:
    known = defects.load(taxonomy)
    assert counts((place.letter for place in places("сгруженный", known)), known) == (1, 1, 2)


def test_the_release_is_of_its_own_taxonomy(release: Release, repository: Path, taxonomy: Path) -> None:
    assert release.taxonomy == defects.load(taxonomy)
    assert release.letters == ("р", "г", LETTER)
    assert release.classes == ("none", "rhotacism", "fricative_g", "stuttering", "sigmatism")
    assert release.defects[3].minimum_markers == 2.0
    for level in ("window", "call", "evidence"):
        assert set(release.metrics["test"][level]) == set(release.classes) - {"none"}
    assert release.metrics["test"]["words"]["sigmatism"]["letter"] == LETTER
    assert 'name: "FRAMES" data_type: TYPE_FP32 dims: [ 250, 4 ]' in (repository / "combine/config.pbtxt").read_text()
    assert "sigmatism (сигматизм)" in (repository / release.ensemble / "MODEL_CARD.md").read_text("utf-8")


def test_a_verdict_names_the_new_defect(release: Release, repository: Path, speech: Path) -> None:
    rows = scored(release, repository, speech)
    (verdict,) = verdicts(rows, release)
    assert [item.defect for item in verdict.defects] == ["rhotacism", "fricative_g", "stuttering", "sigmatism"]
    heard = [msgspec.structs.replace(row, probability=(0.1, 0.1, 0.1, 0.99), markers=(9.0, 9.0, 9.0)) for row in rows]
    sure = msgspec.structs.replace(release, defects=tuple(map(plain, release.defects)))
    (verdict,) = verdicts(heard, sure)
    assert (verdict.defects[3].verdict, class_of(verdict)) == ("likely", 4)
    silent = [msgspec.structs.replace(row, markers=(9.0, 9.0, 0.0)) for row in heard]
    assert verdicts(silent, sure)[0].defects[3].verdict == "not_enough_evidence"


def test_triton_does_the_arithmetic_of_the_new_taxonomy(
    release: Release, repository: Path, speech: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = ModuleType("triton_python_backend_utils")
    backend.get_input_tensor_by_name = lambda request, name: request[name]  # type: ignore[attr-defined]
    backend.Tensor = lambda name, values: values  # type: ignore[attr-defined]
    backend.InferenceResponse = lambda tensors: tensors  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, backend.__name__, backend)
    spec = spec_from_file_location("combine_backend", repository / "combine" / "3" / "model.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    served, ensemble = module.TritonPythonModel(), Ensemble.of_release(repository, release)
    monkeypatch.setattr(module.np, "__version__", "1.26.0")
    served.initialize({"model_config": json.dumps({"input": [{"name": "TINY_MARKERS"}]})})
    pcm = sound(speech)
    said = ensemble.listen(pcm)
    request = {
        f"TINY_{name}": SimpleNamespace(as_numpy=lambda part=part: part)
        for name, part in zip(("MARKERS", "WITH", "WITHOUT"), said, strict=True)
    }
    (answer,) = served.execute([request])
    for found, expected in zip(answer, ensemble.score(pcm), strict=True):
        np.testing.assert_array_equal(found[0], expected)


def test_an_older_release_is_read_by_its_own_defects_when_the_default_has_grown(taxonomy: Path, tmp_path: Path) -> None:
    document = json.loads((ROOT / "triton_models" / "speech_defects_1" / "release.json").read_text("utf-8"))
    added = [item for item in msgspec.to_builtins(defects.load(taxonomy))["defects"] if item["name"] == "sigmatism"]
    grown = {"defects": [*document["taxonomy"]["defects"], *added]}
    path = tmp_path / "speech_defects_1" / "release.json"
    path.parent.mkdir()
    path.write_text(json.dumps({**document, "taxonomy": grown}))
    assert load_release(tmp_path, 1) == load_release(ROOT / "triton_models", 1)
    for spoilt in ({"letters": ["р"]}, {"taxonomy": {"defects": grown["defects"][:2]}}):
        path.write_text(json.dumps({**document, **spoilt}))
        with pytest.raises(ReleaseError, match=r"release\.json"):
            load_release(tmp_path, 1)


def test_a_table_of_calls_has_a_column_for_whatever_they_were_judged_by() -> None:
    judged = ChannelVerdict("operator", 9000, 2, 8000, (DefectVerdict("sigmatism", 71.0, "likely", 9.0, ()),))
    moment = datetime.now(UTC)
    row = CallRow("c", "op", "t", "inbound", "file", moment, ("operator",), 3, 0, "scored", "", (judged,), moment)
    table = calls_table([row])
    assert [list(column.cells) for column in table.columns if column.header == "sigmatism"] == [[Text("likely 71")]]
    assert "stuttering" not in [column.header for column in table.columns]


def test_the_setting_names_a_taxonomy_where_no_option_does(
    taxonomy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen(None) == defects.DEFAULT
    monkeypatch.setenv("DIKTOR_DEFECTS", str(taxonomy))
    assert chosen(None) == defects.load(taxonomy)
    assert chosen(ROOT / "diktor" / "defects.toml") == defects.DEFAULT


def test_a_defect_of_which_no_examples_can_be_made_is_named_at_once(tmp_path: Path, taxonomy: Path) -> None:
    path = tmp_path / "defects.toml"
    path.write_text(taxonomy.read_text("utf-8").replace(":interdental", ":lateral"), "utf-8")
    recipe = Recipe(ROOT / "assets" / "speech", 1.0, 1, defects.load(path))
    with pytest.raises(DiktorError, match="sigmatism has no transform"):
        build(recipe, tmp_path / "corpus", 1, lambda done, of: None)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (ENTRY.replace('"с", "ш"', '"р", "ш"'), "р: a letter has one meaning"),
        (ENTRY.replace("sigmatism", "mixed"), "mixed: a name has one meaning"),
        (ENTRY.replace('phones = ["s", "ss", "sh", "z", "zz", "zh"]\n', ""), "letters and phones go together"),
        (ENTRY.replace("minimum_markers = 2.0", "minimum_marker = 2.0"), "unknown field `minimum_marker`"),
        (ENTRY + '[[defects]]\nname = "cluttering"\ntitle_ru = "x"\ntitle_en = "x"', "one at most has none"),
    ],
)
def test_a_file_that_is_no_taxonomy_says_why(tmp_path: Path, taxonomy: Path, entry: str, why: str) -> None:
    path = tmp_path / "defects.toml"
    path.write_text(taxonomy.read_text("utf-8").replace(ENTRY, entry), "utf-8")
    with pytest.raises(DiktorError, match=why):
        defects.load(path)


def sound(speech: Path) -> np.ndarray:
    """Five seconds of the test voice."""
    clip = next(clip for clip in load_clips(speech) if clip.split == "test" and clip.version == "sigmatism")
    audio = read_audio(speech, clip)[:40_000]
    return np.pad(audio, (0, 40_000 - len(audio)))


def scored(release: Release, repository: Path, speech: Path) -> list[WindowRow]:
    scores = Ensemble.of_release(repository, release).score(sound(speech))
    assert isinstance(scores, Scores)
    assert [part.shape for part in scores] == [(4,), (250, 4), (250, 3)]
    windows: list[Window] = list(Grid().windows(13_000))
    return [window_row("call", "operator", window, 4000, scores, release) for window in windows]


def plain(defect: Any) -> Any:
    return msgspec.structs.replace(defect, call=type(defect.call)())
