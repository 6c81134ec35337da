"""A finished corpus to which recordings are added: its shards, and what is in which of its splits."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import MANIFEST, load_clips, taxonomy_of
from diktor.learning.corpus.deal import SPLITS, Taken
from diktor.learning.corpus.source import Split
from diktor.learning.transcription.text import words as written

Splits = dict[str, dict[str, Any]]
"""As in a corpus' manifest: by split its voices and how many utterances it has."""


class Base(NamedTuple):
    """What stands in a corpus: voices and texts by split, its recordings (as they name its clips)."""

    digest: str
    splits: Splits
    taken: Taken
    recordings: frozenset[str]


NOTHING = Base("", {}, Taken({}, {}), frozenset())


def read(folder: Path, taxonomy: Taxonomy) -> Base:
    """What is in a finished corpus.

    Raises:
        DiktorError: there is none, or it is of another taxonomy.
    """
    if taxonomy_of(folder) != taxonomy:
        raise DiktorError(f"{folder} has another taxonomy", "Leave --defects out: its own is taken")
    speakers: dict[str, Split] = {}
    texts: dict[str, Split] = {}
    found = set()
    for clip in load_clips(folder):
        split: Split = clip.split  # type: ignore[assignment]
        speakers[clip.voice] = split
        texts[clip.sentence] = split
        texts[" ".join(written(" ".join(word.word for word in clip.words)))] = split
        if clip.recording:
            found.add(clip.id.split("-")[0])
    texts.pop("", None)
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes())
    return Base(manifest["digest"], manifest["splits"], Taken(speakers, texts), frozenset(found))


def shards(folder: Path) -> list[str]:
    """The names of a corpus' shards."""
    return sorted(path.stem for path in folder.glob("shard-*.jsonl"))


def take(folder: Path, out: Path) -> None:
    """Put the corpus' shards into `out` (the same files where the disk can), labels last.

    Raises:
        DiktorError: `out` is that corpus.
    """
    if folder.resolve() == out.resolve():
        raise DiktorError(
            f"{folder} cannot be added to itself", "Name a new folder with --out: a corpus has one digest"
        )
    out.mkdir(parents=True, exist_ok=True)
    for name in shards(folder):
        for suffix in (".i16", ".jsonl"):
            target = out / f"{name}{suffix}"
            if not target.exists():
                _same(folder / target.name, target)


def unmixed(out: Path, names: Iterable[str]) -> None:
    """Make `out`, unless it holds shards of other names.

    Raises:
        DiktorError: it does.
    """
    out.mkdir(parents=True, exist_ok=True)
    wanted = set(names)
    other = sorted(path.name for path in out.glob("shard-*") if path.stem not in wanted)
    if other:
        raise DiktorError(f"{out} holds another corpus ({other[0]}, …)", "Name another --out, or remove that one")


def merged(first: Splits, second: Splits) -> Splits:
    """The splits of both together."""
    return {
        split: {
            "voices": [*first.get(split, {}).get("voices", []), *second[split]["voices"]],
            "utterances": first.get(split, {}).get("utterances", 0) + second[split]["utterances"],
        }
        for split in SPLITS
    }


def _same(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:
        draft = target.with_name(f".{target.name}")
        shutil.copyfile(path, draft)
        draft.rename(target)
