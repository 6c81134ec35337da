"""How releases look in a terminal and to programs."""

from typing import Any

import click

from diktor.cli.json_line import say
from diktor.releases import Release
from diktor.releases.pointer import Pointer
from diktor.releases.state import macro_f1, state_of


def summary(item: Release, pointer: Pointer) -> dict[str, Any]:
    """What is told of a release everywhere."""
    return {
        "release": item.number,
        "name": item.name,
        "state": described(item.number, pointer),
        "created_at": item.created_at,
        "code_revision": item.code_revision,
        "corpus_digest": item.corpus_digest,
        "macro_f1": macro_f1(item),
    }


def described(number: int, pointer: Pointer) -> str:
    """What a release does now, with the share of the calls it is tried on."""
    state = state_of(number, pointer)
    return f"shadow ({pointer.shadow.share:.0%})" if state == "shadow" and pointer.shadow else state


def answer(document: dict[str, Any], as_json: bool, text: str) -> None:
    """The same for a program or for people."""
    say(document) if as_json else click.echo(text)
