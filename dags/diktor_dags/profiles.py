"""Schedules and profiles: the file that says which DAGs there are besides, when they run, with which defaults."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BASES = ("rebuild_model", "retrain_on_calls")
BUILT_IN = (*BASES, "deploy_release", "roll_back_release")


class ProfileError(ValueError):
    """The file says what no profile can: `str()` tells all of it."""


@dataclass(frozen=True)
class Profile:
    """A DAG's name, what it is like, when it runs, and the values of its form that differ."""

    name: str
    of: str
    schedule: str | None = None
    after_release: bool = False
    title: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> dict[str, Profile]:
    """All profiles of a file, by name.

    Raises:
        ProfileError: it cannot be read, or says something that is not understood.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error
    wrong = [f"{path}: [{name}] {why}" for name, table in tables.items() for why in _complaints(name, table)]
    if wrong:
        raise ProfileError("; ".join(wrong))
    return {name: Profile(name, **{"of": name, **table}) for name, table in tables.items()}


def built_in(path: Path, name: str) -> Profile:
    """That of a DAG that is always there; a file that is wrong takes none of them away."""
    try:
        return read(path).get(name) or Profile(name, name)
    except ProfileError:
        return Profile(name, name)


def _complaints(name: str, table: Any) -> list[str]:
    if not isinstance(table, dict):
        return ["is no table"]
    known = {"of": str, "schedule": str, "after_release": bool, "title": str, "params": dict}
    wrong = [f"{key} is not known" for key in table if key not in known]
    wrong += [
        f"{key} is no {kind.__name__}"
        for key, kind in known.items()
        if key in table and not isinstance(table[key], kind)
    ]
    if name in BUILT_IN:
        if "of" in table:
            wrong.append("is there already: `of` is for new ones")
    elif table.get("of") not in BASES:
        wrong.append(f"`of` is none of {', '.join(BASES)}")
    if table.get("schedule") and table.get("after_release"):
        wrong.append("has a schedule and runs after releases: one of them")
    return wrong
