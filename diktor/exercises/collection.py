"""The curated collection: Russian tongue twisters of the people and our own, `collection.toml` beside this module."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

import msgspec

from diktor.exercises.text import Features, features
from diktor.wire.training import Origin


class Twister(msgspec.Struct, frozen=True):
    """A text to practise with; `key` is the same wherever the same words come from."""

    text: str
    origin: Origin
    features: Features

    @property
    def key(self) -> str:
        """What tells texts apart."""
        return key_of(self.text)


def twister(text: str, origin: Origin) -> Twister:
    """A text with its counts."""
    return Twister(text, origin, features(text))


def key_of(text: str) -> str:
    """A short digest of the text as it is written, stress marks included."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def collection() -> tuple[Twister, ...]:
    """All of it, in the file's order."""
    found = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return tuple(twister(text, origin) for origin in ("folklore", "own") for text in found[origin])
