"""How releases look in a terminal and to programs."""

from typing import Any

import click

from diktor.cli.json_line import say
from diktor.releases import Release
from diktor.releases.pointer import Pointer


def summary(item: Release, pointer: Pointer) -> dict[str, Any]:
    """What is told of a release everywhere."""
    return {
        "release": item.number,
        "name": item.name,
        "state": state_of(item.number, pointer),
        "created_at": item.created_at,
        "code_revision": item.code_revision,
        "corpus_digest": item.corpus_digest,
        "macro_f1": macro_f1(item),
    }


def macro_f1(item: Release) -> float | None:
    """Of calls, one class of several, on the test split; None where it was not measured."""
    test: Any = item.metrics.get("test", {})
    found = test.get("classes", {}) if isinstance(test, dict) else {}
    return found.get("macro_f1") if isinstance(found, dict) else None


def state_of(number: int, pointer: Pointer) -> str:
    """What a release does now."""
    if number == pointer.active:
        return "active"
    if pointer.shadow and pointer.shadow.release == number:
        return f"shadow ({pointer.shadow.share:.0%})"
    if number in pointer.standby:
        return "standing by"
    return "before" if number in pointer.history[-1:] else ""


def answer(document: dict[str, Any], as_json: bool, text: str) -> None:
    """The same for a program or for people."""
    say(document) if as_json else click.echo(text)
