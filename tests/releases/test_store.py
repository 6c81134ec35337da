"""The release store: numbers, digests, and what it refuses."""

from pathlib import Path

import pytest

from diktor.errors import ReleaseError
from diktor.releases import load_release
from diktor.releases.packing import LINEAGE, add
from diktor.releases.pointer import Pointer, Shadow
from diktor.releases.store import Releases
from tests.support.processes import ROOT
from tests.support.releases import sealed, small_release


@pytest.fixture
def store(tmp_path: Path) -> Releases:
    return Releases(f"file://{tmp_path / 'releases'}", tmp_path / "cache")


def test_the_shipped_release_is_kept_whole(store: Releases) -> None:
    release = add(store, ROOT / "triton_models")
    folder = store.folder(1)
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == {*release.files, "release.json", "release.sha256"}
    assert {f"models/{member}/model.onnx" for member in release.members} <= kept
    assert {"golden.npz", "MODEL_CARD.md"} <= kept
    assert (release.code_revision, release.corpus_digest) != ("", "")


def test_every_release_gets_the_next_number_and_none_is_given_twice(store: Releases, tmp_path: Path) -> None:
    first, second = (small_release(tmp_path / name, bias=bias, number=9) for name, bias in (("a", 0.0), ("b", 1.0)))
    assert [add(store, folder).number for folder in (first, second, first)] == [1, 2, 1]
    store.remove(2)
    assert store.numbers() == (1,)
    assert add(store, second).number == 3
    with pytest.raises(ReleaseError, match="There are: 1, 3"):
        store.get(2)


def test_pictures_of_the_export_come_along(store: Releases, tmp_path: Path) -> None:
    folder = small_release(tmp_path / "a")
    (folder / "speech_defects_1" / "confusion.png").write_bytes(b"picture")
    release = add(store, folder)
    assert "pictures/confusion.png" in release.files
    assert (store.folder(1) / "pictures" / "confusion.png").read_bytes() == b"picture"


def test_a_release_brings_the_lineage_it_was_exported_with(store: Releases, tmp_path: Path) -> None:
    folder = small_release(tmp_path / "a")
    assert LINEAGE not in add(store, folder).files
    (folder / "speech_defects_1" / LINEAGE).write_text('{"calls": []}')
    release = add(store, sealed(folder, load_release(folder, 1)))
    assert (store.folder(release.number) / LINEAGE).read_text() == '{"calls": []}'


@pytest.mark.parametrize("name", ["models/member_a/model.onnx", "models/combine/combine.py", "golden.npz"])
def test_a_changed_file_is_found_out(store: Releases, tmp_path: Path, name: str) -> None:
    add(store, small_release(tmp_path / "a"))
    path = store.folder(1) / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ReleaseError, match=f"{name} of release 1 has another digest"):
        store.folder(1)
    path.unlink()
    with pytest.raises(ReleaseError, match=f"{name} of release 1 is missing"):
        store.folder(1)


def test_a_changed_document_is_found_out(store: Releases, tmp_path: Path) -> None:
    add(store, small_release(tmp_path / "a"))
    path = store.folder(1) / "release.json"
    path.write_text(path.read_text().replace('"evidence": 0.5', '"evidence": 0.1'))
    with pytest.raises(ReleaseError, match=r"release\.json of release 1 was changed"):
        store.get(1)


def test_an_export_that_is_not_what_its_document_says_is_not_taken(store: Releases, tmp_path: Path) -> None:
    folder = small_release(tmp_path / "a")
    path = folder / "member_a" / "1" / "model.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ReleaseError, match="another digest"):
        add(store, folder)
    path.unlink()
    with pytest.raises(ReleaseError, match="missing"):
        add(store, folder)
    with pytest.raises(ReleaseError, match="holds no release"):
        add(store, tmp_path / "nothing")
    assert store.numbers() == ()


def test_names_that_lead_elsewhere_are_refused(store: Releases, tmp_path: Path) -> None:
    folder = small_release(tmp_path / "a")
    document = folder / "speech_defects_1" / "release.json"
    for wrong in ('"../../member"', '"/member"'):
        document.write_text(document.read_text().replace('["member_a"]', f"[{wrong}]"))
        with pytest.raises(ReleaseError, match="names"):
            add(store, folder)
        document.write_text(document.read_text().replace(f"[{wrong}]", '["member_a"]'))


def test_what_lies_elsewhere_is_fetched_and_checked(tmp_path: Path) -> None:
    store = Releases("memory://releases-of-a-test", tmp_path / "cache")
    release = add(store, small_release(tmp_path / "a"))
    assert store.folder(release.number).is_relative_to(tmp_path / "cache")
    store.point(Pointer().activated(release.number))
    assert Releases("memory://releases-of-a-test", tmp_path).pointer().active == release.number
    (tmp_path / "cache" / "1" / "golden.npz").write_bytes(b"")
    with pytest.raises(ReleaseError, match="another digest"):
        store.folder(release.number)
    store.remove(release.number)
    assert store.numbers() == ()


def test_the_way_back_leads_over_what_was_active_before() -> None:
    pointer = Pointer().activated(1).activated(2).activated(2).activated(3)
    assert (pointer.active, pointer.history) == (3, (1, 2))
    back = pointer.rolled_back(2)
    assert (back.active, back.history) == (2, (1,))
    assert back.moved_at > pointer.moved_at
    assert back.rolled_back(1).history == ()


def test_what_is_on_trial_or_standing_by_is_wanted() -> None:
    pointer = Pointer().activated(1).standing_by(2).with_shadow(3, 0.2)
    assert pointer.wanted == {1, 2, 3}
    assert pointer.with_shadow(2, 0.5).shadow == Shadow(2, 0.5)
    assert pointer.with_shadow(2, 0.5).wanted == {1, 2}
    assert pointer.activated(3).shadow is None
    assert pointer.without(2).without(3).wanted == {1}
    with pytest.raises(ReleaseError, match="is active"):
        pointer.with_shadow(1, 0.2)
