"""What a stage was begun with. It decides the result, so that going on with anything else is refused."""

from pathlib import Path

import msgspec

from diktor import files
from diktor.errors import DiktorError
from diktor.learning.compute import Compute
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run


class Begun(msgspec.Struct, frozen=True):
    """A budget in minutes or a number of epochs, the steps of each member that it came to, the members, the hardware,
    the digest of counts."""

    budget: float | None
    steps: dict[str, int]
    members: dict[str, MemberSpec]
    compute: Compute
    counts: str = ""
    epochs: int | None = None


def begin(run: Run, stage: str, now: Begun) -> Begun:
    """What `stage` of a run was begun with: `now`, if it has not been begun.

    The steps are the first ones, whatever a budget or an epoch comes to by now.

    Raises:
        DiktorError: it was begun with something else.
    """
    path = _path(run, stage)
    if not path.exists():
        files.write(path, msgspec.json.format(msgspec.json.encode(now)) + b"\n")
        return now
    before = msgspec.json.decode(path.read_bytes(), type=Begun)
    for name in ("budget", "epochs", "compute", "counts", "members"):
        was, is_ = getattr(before, name), getattr(now, name)
        if was != is_:
            raise DiktorError(
                f"{stage} of {run.folder} was begun with another {name}: {_shown(was)}, not {_shown(is_)}",
                "Go on with what it was begun with, or begin anew with another --run",
            )
    return before


def _path(run: Run, stage: str) -> Path:
    return run.folder / f"{stage}.json"


def _shown(value: object) -> str:
    return "none" if value is None else msgspec.json.encode(value).decode().strip('"') or "none"
