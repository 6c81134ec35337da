"""Tests know nothing of a stack that runs on this machine: no setting comes from outside."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home") / "none"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DIKTOR_")]:
            patch.delenv(name)
        patch.setenv("DIKTOR_HOME", str(home))
        yield home
