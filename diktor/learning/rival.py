"""A kept release on the test calls of a corpus: what is trained on that corpus is held against it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from diktor.errors import DiktorError
from diktor.learning.assess import CALL_SEED, SHUFFLES
from diktor.learning.calls import compose, listen
from diktor.learning.evaluation import classes
from diktor.releases import Release


def measured(folder: Path, release: Release, corpus: Path, advance: Callable[[int, int], None]) -> dict[str, Any]:
    """`calls`, and what `evaluate` tells of classes, over the very calls that it composes, but for unknown classes.

    `folder` is the release's in the store. The release's own window length, calibration and classes count.

    Raises:
        DiktorError: the corpus has no test calls of a class that the release knows.
    """
    known = {"healthy", *release.classes[1:]}
    calls = [call for call in compose(corpus, "test", SHUFFLES, CALL_SEED) if call.version in known]
    if not calls:
        raise DiktorError(
            f"{corpus} has no test calls of the classes of release {release.number}", "Name a corpus with some"
        )
    members = [folder / "models" / name / "model.onnx" for name in release.members]
    scored = listen(calls, members, release.grid, 2, advance)
    return {"calls": len(scored), **classes(scored, release)}
