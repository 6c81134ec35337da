"""One file of a release, and nothing else of the store."""

from pathlib import Path

import pytest

from diktor.errors import ReleaseError
from diktor.releases.packing import add
from diktor.releases.store import Releases
from tests.support.releases import small_release


def test_a_file_is_read_if_the_release_names_it_and_it_is_whole(tmp_path: Path) -> None:
    store = Releases(f"file://{tmp_path / 'releases'}", tmp_path / "cache")
    add(store, small_release(tmp_path / "a"))
    assert store.read(1, "MODEL_CARD.md") == b"# small\n"
    for name in ("../pointer.json", "release.json", "pictures/none.png"):
        with pytest.raises(ReleaseError, match="has no"):
            store.read(1, name)
    (tmp_path / "releases" / "1" / "MODEL_CARD.md").write_text("# other\n")
    with pytest.raises(ReleaseError, match="another digest"):
        store.read(1, "MODEL_CARD.md")
