"""What is known to have been said: a corpus knows its words and sounds, a transcripts.csv tells of others."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from diktor.errors import DiktorError
from diktor.learning.corpus.clips import load_clips, taxonomy_of
from diktor.learning.transcription.recordings import is_corpus
from diktor.learning.transcription.text import words

TABLE = "transcripts.csv"

Place = tuple[str, int]
"""A recording's name and the number of its channel."""


class Sound(NamedTuple):
    """A marker sound: its letter's number among the taxonomy's letters, and its middle."""

    letter: int
    at_ms: float


class Known(NamedTuple):
    """The words of a channel, by what its figures are told apart, and its sounds where they are known."""

    words: tuple[str, ...]
    about: Mapping[str, str]
    sounds: tuple[Sound, ...] | None = None


def known(where: Path) -> dict[Place, Known]:
    """What is known about a corpus or a folder of recordings; nothing where there is no table.

    The table has the columns `file` (relative to the folder) and `text`, perhaps `channel` (0 or 1; without it 0), and
    any others, such as `voice` and `codec`, to tell figures apart by.

    Raises:
        DiktorError: the table lacks a column, or a channel is no number.
    """
    if is_corpus(where):
        return dict(_clips(where))
    table = where / TABLE
    return dict(_rows(table)) if table.exists() else {}


def _clips(corpus: Path) -> Iterator[tuple[Place, Known]]:
    letters = taxonomy_of(corpus).letters
    for clip in load_clips(corpus):
        if clip.recording:
            continue  # its words may be a transcript's own
        about = {"voice": clip.voice, "codec": clip.codec, "version": clip.version}
        sounds = tuple(Sound(letters.index(m.letter), (m.start + m.end) * 500) for m in clip.marks)
        yield (clip.id, 0), Known(tuple(words(" ".join(word.word for word in clip.words))), about, sounds)


def _rows(table: Path) -> Iterator[tuple[Place, Known]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, strict=True), 2):
            try:
                name, text, channel = row.pop("file"), row.pop("text"), int(row.pop("channel", None) or 0)
                yield (name, channel), Known(tuple(words(text)), row)
            except (KeyError, ValueError, AttributeError) as error:
                raise DiktorError(
                    f"line {number} of {table} cannot be used: {error!r}",
                    "Its columns are file, text, and perhaps channel, voice, codec",
                ) from error
