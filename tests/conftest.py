"""Tests know nothing of a stack that runs on this machine: no setting comes from outside.

`make test` runs a file a worker (pytest-xdist), the files of `LONGEST` first: the longest decides when all is done.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")  # how long an example takes is the machine's business

TESTS = Path(__file__).parent
LONGEST = ("integration/pipeline", "notebooks")
MOST_WORKERS = 4
"""Each may hold torch, and a stack beside it."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker a core; none for what is in one file, which one worker would run alone."""
    one_file = len(config.args) == 1 and Path(config.args[0].split("::")[0]).is_file()
    return 0 if one_file else min(len(os.sched_getaffinity(0)), MOST_WORKERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest files first; the others as they were found."""

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(TESTS).as_posix()
        return next((number for number, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home") / "none"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DIKTOR_")]:
            patch.delenv(name)
        patch.setenv("DIKTOR_HOME", str(home))
        yield home
