"""What inputs list, and which of it can be taken: heard once from beginning to end before anything is made."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import AudioError
from diktor.learning.corpus import archive, folder, pieces
from diktor.learning.corpus.clips import Version
from diktor.learning.corpus.entries import Entry, Listed, Problem, once
from diktor.learning.corpus.label import complaint
from diktor.releases import RATE


class Inputs(NamedTuple):
    """Where recordings come from. `usual` is the class of `folders` that name none; `add` a corpus to take along.

    Classes and letters are those of `taxonomy`.
    """

    archives: tuple[Path, ...] = ()
    manifests: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    usual: Version | None = None
    transcripts: Path | None = None
    add: Path | None = None
    taxonomy: Taxonomy = DEFAULT


class Checked(NamedTuple):
    """A recording that can be taken: SHA-256 of its file, seconds of each channel that is taken."""

    entry: Entry
    digest: str
    seconds: Mapping[int, float]

    @property
    def identity(self) -> str:
        """What its clips are named by."""
        return self.digest[:16]


def examine(
    inputs: Inputs, known: Collection[str], pool: ProcessPoolExecutor, advance: Callable[[str, int, int], None]
) -> tuple[list[Checked], list[Problem]]:
    """Every recording that can be taken, and all that is wrong with the others. What is `known` is not taken again."""
    there = _listed(inputs)
    found: list[Checked | Problem] = []
    for item in pool.map(partial(_examined, taxonomy=inputs.taxonomy), there.entries, chunksize=4):
        found.append(item)
        advance("recordings", len(found), len(there.entries))
    distinct, doubles = _distinct([item for item in found if isinstance(item, Checked)])
    repeated = [
        Problem(item.entry.where, f"{item.entry.name} is in {inputs.add} already")
        for item in distinct
        if item.identity in known
    ]
    problems = [*there.problems, *(item for item in found if isinstance(item, Problem)), *doubles, *repeated]
    return [item for item in distinct if item.identity not in known], problems


def _listed(inputs: Inputs) -> Listed:
    parts = [archive.read(path, inputs.taxonomy) for path in inputs.archives]
    parts += [folder.read(path, inputs.usual, inputs.taxonomy) for path in inputs.folders]
    if inputs.manifests:
        from diktor.learning.corpus import manifest  # pandas takes two seconds to import

        parts += [manifest.read(path, inputs.taxonomy) for path in inputs.manifests]
    single = once([entry for part in parts for entry in part.entries])
    return Listed(single.entries, [*(problem for part in parts for problem in part.problems), *single.problems])


def _examined(entry: Entry, taxonomy: Taxonomy) -> Checked | Problem:
    """Whether a recording can be heard and what is said of it can be true."""
    try:
        with entry.path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        found = pieces.heard(entry.path, entry.name, entry.channel)
    except AudioError as error:
        return Problem(entry.where, f"{entry.name} cannot be taken: {error.cause}")
    except OSError as error:
        return Problem(entry.where, f"{entry.name} cannot be read: {error.strerror}")
    seconds = {number: len(pcm) / RATE for number, pcm in found.items()}
    wrong = complaint(entry, seconds, taxonomy)
    return Problem(entry.where, f"{entry.name}: {wrong}") if wrong else Checked(entry, checksum, seconds)


def _distinct(checked: Sequence[Checked]) -> tuple[list[Checked], list[Problem]]:
    """Files of the same bytes are one recording, under whatever names."""
    first: dict[str, Entry] = {}
    taken, problems = [], []
    for item in checked:
        other = first.setdefault(item.digest, item.entry)
        if other.path.resolve() == item.entry.path.resolve():
            taken.append(item)
        else:
            problems.append(Problem(item.entry.where, f"{item.entry.name} is the same recording as {other.name}"))
    return taken, problems
