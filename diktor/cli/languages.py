"""Folders of recordings by language, as options name them: fr=sounds/fr."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # they bring torch, and a command that is only listed does without
    from diktor.learning.foreign.takes import Take
    from diktor.learning.transcription.whisper import Recogniser

Sets = tuple[tuple[str, Path], ...]

Advance = Callable[[str, int, int, str], None]


class Language(click.ParamType):
    """LANGUAGE=FOLDER."""

    name = "language=folder"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        """LANGUAGE=FOLDER as a pair."""
        language, sign, folder = value.partition("=")
        if not sign or not Path(folder).is_dir():
            self.fail(f"{value!r} is not LANGUAGE=FOLDER with a folder that is there, as in fr=sounds/fr", param, ctx)
        return language, Path(folder)


def heard(
    language: str, folder: Path, words: Path, listener: "Recogniser", advance: Advance, minutes: float | None = None
) -> "list[Take]":
    """The folder's recordings put together, at most so many minutes, with the words in them, kept in `words`."""
    from diktor.learning.foreign.takes import takes

    return takes(folder, language, listener, words, partial(_told, advance, language), minutes)


def _told(advance: Advance, name: str, done: int, total: int) -> None:
    advance(name, done, total, "")
