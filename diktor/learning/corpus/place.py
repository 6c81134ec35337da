"""Which split each recording goes to, with the labels it has, and what is to be known about the outcome."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from diktor.errors import DiktorError
from diktor.learning.corpus import base
from diktor.learning.corpus.deal import SPLITS, Item, Taken, deal
from diktor.learning.corpus.examine import Checked, Inputs
from diktor.learning.corpus.label import Labels, labels, template
from diktor.learning.corpus.source import Split
from diktor.learning.transcription.transcripts import SpokenWord, Transcript, load

_UNKNOWN = "unknown-"
"""What the voice of a speaker that nobody named begins with."""


class Placed(NamedTuple):
    """One channel of a recording with its split and what is known of its sounds."""

    checked: Checked
    channel: int
    split: str
    voice: str
    sentence: str
    labels: Labels


def place(taken: Sequence[Checked], inputs: Inputs, seed: int, known: base.Base) -> tuple[list[Placed], list[str]]:
    """Every channel in its split, and what there is to know about the splits.

    Raises:
        DiktorError: a speaker is said to be in two splits.
    """
    heard = {item.digest: item for item in load(inputs.transcripts)} if inputs.transcripts else {}
    all_: list[tuple[Checked, int, Labels, Item]] = []
    for item in taken:
        for channel, seconds in item.seconds.items():
            found = labels(item.entry, _said(heard.get(item.digest), channel), inputs.taxonomy)
            unknown = f"{_UNKNOWN}{item.digest[:12]}"
            said = template(item.entry, found) or f"{unknown}-{channel}"
            voice = item.entry.speaker or unknown
            all_.append((item, channel, found, Item(voice, said, item.entry.version, seconds)))
    splits = deal([item for *_, item in all_], seed, _bound(all_, known.taken))
    there = [
        Placed(checked, channel, split, item.speaker, item.text, found)
        for (checked, channel, found, item), split in zip(all_, splits, strict=True)
        if split is not None
    ]
    return there, list(_notes(there, len(all_), taken, inputs, heard))


def _bound(found: Sequence[tuple[Checked, int, Labels, Item]], taken: Taken) -> Taken:
    """Speakers and texts whose split is told, by the corpus to add or by a list."""
    speakers = dict(taken.speakers)
    for checked, _, _, item in found:
        split: Split = checked.entry.split  # type: ignore[assignment]
        if split and speakers.setdefault(item.speaker, split) != split:
            raise DiktorError(
                f"{checked.entry.where}: {item.speaker} is to be in {split}, and is in {speakers[item.speaker]}",
                "A speaker is in one split",
            )
    return Taken(speakers, taken.texts)


def _said(transcript: Transcript | None, channel: int) -> Sequence[SpokenWord] | None:
    if transcript is None or channel >= len(transcript.channels):
        return None
    return transcript.channels[channel]


def _notes(
    placed: Sequence[Placed], channels: int, taken: Sequence[Checked], inputs: Inputs, heard: Mapping[str, Transcript]
) -> Iterator[str]:
    if left := channels - len(placed):
        yield f"{left} of {channels} channels are left out: their speaker is in one split and their text in another"
    if unknown := sum(not item.entry.speaker for item in taken):
        yield f"the speaker of {unknown} recordings is not known: each counts as a speaker of its own"
    both = sum(len(item.seconds) == 2 for item in taken)
    if both:
        yield f"{both} stereo recordings name no channel: both are taken, with the class of the file"
    if inputs.transcripts and (silent := sum(item.digest not in heard for item in taken)):
        yield f"{silent} recordings have no transcript in {inputs.transcripts}"
    for split in SPLITS:
        there = {p.checked.entry.version for p in placed if p.split == split}
        if lacking := [name for name in ("healthy", *inputs.taxonomy.names) if name not in there]:
            yield f"no recording in {split}: {', '.join(lacking)}"


def described(placed: Sequence[Placed]) -> base.Splits:
    """The splits for a manifest; speakers that nobody named are only counted."""
    splits: base.Splits = {}
    for split in SPLITS:
        here = [p for p in placed if p.split == split]
        splits[split] = {"voices": named({p.voice for p in here}), "utterances": len(here)}
    return splits


def named(voices: Set[str]) -> list[str]:
    """The voices of a corpus by name, and how many are unknown."""
    known = {voice for voice in voices if not voice.startswith(_UNKNOWN)}
    unknown = voices - known
    return sorted([*known, *([f"{len(unknown)} unknown"] if unknown else [])])
