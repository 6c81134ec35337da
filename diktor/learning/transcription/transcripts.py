"""Transcripts on disk: one JSON document per recording, whole or not there, that names its audio and its model."""

from pathlib import Path

import msgspec

from diktor import files
from diktor.errors import DiktorError

SUFFIX = ".words.json"


class SpokenWord(msgspec.Struct, frozen=True):
    """A word as the model wrote it, punctuation included; `probability` is the model's own, 0 to 1."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


class Model(msgspec.Struct, frozen=True):
    """Which model listened: its name and the SHA-256 of its weights."""

    name: str
    digest: str


class Transcript(msgspec.Struct, frozen=True):
    """What was said in a recording: the words of each of its channels in order.

    `digest` is the SHA-256 of the audio; `asked` the language that was asked for, `language` the one it was heard as.
    """

    recording: str
    digest: str
    model: Model
    asked: str
    language: str
    duration_ms: int
    channels: tuple[tuple[SpokenWord, ...], ...]

    def answers(self, digest: str, model: Model, asked: str) -> bool:
        """Whether listening again would give this same transcript."""
        return (self.digest, self.model.digest, self.asked) == (digest, model.digest, asked)


def keep(folder: Path, transcript: Transcript) -> None:
    """Write a transcript, all or nothing."""
    files.write(_path(folder, transcript.recording), msgspec.json.encode(transcript) + b"\n")


def find(folder: Path, recording: str) -> Transcript | None:
    """The transcript of a recording; None where there is none that can be read."""
    try:
        return msgspec.json.decode(_path(folder, recording).read_bytes(), type=Transcript)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def load(folder: Path) -> list[Transcript]:
    """Every transcript of a folder, by name.

    Raises:
        DiktorError: there is none, or one is damaged.
    """
    paths = sorted(path for path in folder.rglob(f"*{SUFFIX}") if not path.name.startswith("."))
    if not paths:
        raise DiktorError(f"{folder} holds no transcripts", "Make them: diktor learn transcribe --audio … --out FOLDER")
    return [_read(path) for path in paths]


def _read(path: Path) -> Transcript:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Transcript)
    except msgspec.DecodeError as error:
        raise DiktorError(f"{path} is no transcript: {error}", "Remove it and transcribe again") from error


def _path(folder: Path, recording: str) -> Path:
    return folder / f"{recording}{SUFFIX}"
