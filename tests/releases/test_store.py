"""The release store on a disk and on s3: numbers, digests, what it refuses, and what is replaced as a whole."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest

from diktor.errors import ReleaseError, UnavailableError
from diktor.releases import load_release
from diktor.releases.packing import LINEAGE, add
from diktor.releases.pointer import Pointer, Shadow
from diktor.releases.store import Releases
from tests.support.processes import ROOT
from tests.support.releases import sealed, small_release
from tests.support.s3 import bucket


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with bucket() as address:
        yield address


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Releases:
    on_disk = request.param == "disk"
    root = f"file://{tmp_path}" if on_disk else f"{request.getfixturevalue('s3')}/{tmp_path.name}"
    return Releases(f"{root}/releases", tmp_path / "cache")


def elsewhere(store: Releases, tmp_path: Path) -> Releases:
    """The same store on a machine that has fetched nothing of it yet."""
    return Releases(store.url, tmp_path / "elsewhere")


def names(store: Releases, number: int) -> set[str]:
    """Everything that is stored under a number."""
    files, root = fsspec.core.url_to_fs(f"{store.url}/{number}")
    files.invalidate_cache()
    return {path.removeprefix(f"{root}/") for path in files.find(root)}


def change(store: Releases, name: str, content: bytes | None) -> None:
    """Make a stored file hold something else, or nothing be there."""
    files, path = fsspec.core.url_to_fs(f"{store.url}/{name}")
    files.rm_file(path) if content is None else files.pipe_file(path, content)


def content_of(store: Releases, name: str) -> bytes:
    with fsspec.open(f"{store.url}/{name}") as file:
        content: bytes = file.read()
        return content


def test_the_shipped_release_is_kept_whole(store: Releases) -> None:
    release = add(store, ROOT / "triton_models")
    folder = store.folder(1)
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept - {"release.sha256"} == {*release.files, "release.json"}
    assert names(store, 1) - {"claimed"} == {*release.files, "release.json", "release.sha256"}
    assert {f"models/{member}/model.onnx" for member in release.members} <= kept
    assert {"golden.npz", "MODEL_CARD.md"} <= kept
    assert (release.code_revision, release.corpus_digest) != ("", "")


def test_every_release_gets_the_next_number_and_none_is_given_twice(store: Releases, tmp_path: Path) -> None:
    first, second = (small_release(tmp_path / name, bias=bias, number=9) for name, bias in (("a", 0.0), ("b", 1.0)))
    assert [add(store, folder).number for folder in (first, second, first)] == [1, 2, 1]
    store.remove(2)
    assert store.numbers() == (1,)
    assert names(store, 2) == {"removed"}
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


def test_who_adds_at_the_same_time_gets_another_number(store: Releases, tmp_path: Path) -> None:
    folders = [small_release(tmp_path / str(bias), bias=bias) for bias in range(6)]
    start = threading.Barrier(len(folders))

    def added(folder: Path) -> int:
        own = Releases(store.url, folder / "cache")
        start.wait(30)
        return add(own, folder).number

    with ThreadPoolExecutor(len(folders)) as pool:
        found = list(pool.map(added, folders))
    assert sorted(found) == [1, 2, 3, 4, 5, 6]
    assert {store.get(number).name for number in found} == {f"small {bias}" for bias in range(6)}


def test_what_could_not_be_stored_wholly_leaves_nothing(store: Releases, tmp_path: Path) -> None:
    release = load_release(small_release(tmp_path / "a"), 1)
    (tmp_path / "there").write_bytes(b"content")
    for files in ({"gone": tmp_path / "gone"}, {"there": tmp_path / "there", "gone": tmp_path / "gone"}):
        with pytest.raises(UnavailableError, match="gone"):
            store.put(release, files)
        assert (store.numbers(), names(store, 1)) == ((), set())
    assert add(store, tmp_path / "a").number == 1


def test_whoever_looks_while_the_pointer_is_moved_finds_one_or_the_other(store: Releases) -> None:
    store.point(Pointer().activated(1))
    moved = threading.Event()

    def look() -> set[int]:
        own, seen = Releases(store.url, Path("unused")), set()
        while not moved.is_set():
            seen.add(own.pointer().active)
        return seen

    with ThreadPoolExecutor(2) as pool:
        looks = [pool.submit(look) for _ in range(2)]
        try:
            for number in [2, 1] * 30:
                store.point(Pointer().activated(number))
        finally:
            moved.set()
        assert {number for look in looks for number in look.result()} <= {1, 2}


@pytest.mark.parametrize("name", ["models/member_a/model.onnx", "models/combine/combine.py", "golden.npz"])
def test_a_changed_file_is_found_out(store: Releases, tmp_path: Path, name: str) -> None:
    add(store, small_release(tmp_path / "a"))
    change(store, f"1/{name}", content_of(store, f"1/{name}") + b" ")
    for read in (lambda: elsewhere(store, tmp_path / "first").folder(1), lambda: store.read(1, name)):
        with pytest.raises(ReleaseError, match=f"{name} of release 1 has another digest"):
            read()
    change(store, f"1/{name}", None)
    for read in (lambda: elsewhere(store, tmp_path).folder(1), lambda: store.read(1, name)):
        with pytest.raises(ReleaseError, match=f"{name} of release 1 is missing"):
            read()


def test_a_changed_document_is_found_out(store: Releases, tmp_path: Path) -> None:
    add(store, small_release(tmp_path / "a"))
    text = content_of(store, "1/release.json")
    change(store, "1/release.json", text.replace(b'"evidence": 0.5', b'"evidence": 0.1'))
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
