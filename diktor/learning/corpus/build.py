"""Builds a corpus: groups of matched versions, shard by shard, on all cores, from a seed, going on where it stopped."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import numpy as np

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus import base, source, sources, transforms
from diktor.learning.corpus.channel import TELEPHONE, Heard, telephone
from diktor.learning.corpus.clips import MANIFEST, Clip, Version, digest, later
from diktor.learning.corpus.render import natural, plan, render
from diktor.learning.corpus.source import Split, Utterance
from diktor.learning.corpus.world import Speaker, analyse

GROUPS_PER_SHARD = 8
NATURAL = 0.4
"""Share of the versions without a changed sound that never pass the vocoder."""

LENGTHENED = 2.1
"""A clip is so much longer than what was spoken: it halts, and there is quiet around it."""


class Recipe(NamedTuple):
    """What a corpus is made from. `minutes` of training speech; development and test take what their split holds.

    `taxonomy` says which defects are made; `add` a finished corpus to take along.
    """

    source: Path
    minutes: float
    seed: int
    taxonomy: Taxonomy = DEFAULT
    add: Path | None = None


class Job(NamedTuple):
    """A shard to make: its name and the groups in it, (id, split, utterance)."""

    name: str
    groups: tuple[tuple[str, Split, Utterance], ...]


def build(recipe: Recipe, out: Path, jobs: int, advance: Callable[[int, int], None]) -> str:
    """Make the corpus in `out`; finished shards are kept as they are. Returns its digest.

    `advance` is told (shards finished, shards in all).

    Raises:
        DiktorError: there is no source speech or too few speakers of it, the taxonomy has a defect of which no examples
            can be made, or `out` holds another corpus.
    """
    transforms.check(recipe.taxonomy)
    known = base.read(recipe.add, recipe.taxonomy) if recipe.add else base.NOTHING
    utterances = sources.load(recipe.source)
    parts = sources.split(utterances, recipe.seed, known.taken)
    todo = list(_jobs(recipe, parts, sources.mark(utterances)))
    if recipe.add:
        _join(recipe.add, recipe.source, out, [job.name for job in todo])
    out.mkdir(parents=True, exist_ok=True)
    missing = [job for job in todo if not (out / f"{job.name}.jsonl").exists()]
    advance(len(todo) - len(missing), len(todo))
    with ProcessPoolExecutor(jobs, initializer=os.nice, initargs=(5,)) as pool:
        running = [pool.submit(_make, recipe, out, job) for job in missing]
        for finished, future in enumerate(as_completed(running), 1):
            future.result()
            advance(len(todo) - len(missing) + finished, len(todo))
    total = digest(out)
    manifest = {
        "seed": recipe.seed,
        "minutes": recipe.minutes,
        "digest": total,
        "splits": base.merged(known.splits, msgspec.json.decode(source.describe(parts))),
        **({"added_to": known.digest} if recipe.add else {}),
        "taxonomy": msgspec.to_builtins(recipe.taxonomy),
        "note": "Synthetic speech with synthetic defects. No sentence and no voice is in two splits.",
    }
    (out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return total


def _join(add: Path, speech: Path, out: Path, names: Sequence[str]) -> None:
    there = base.shards(add)
    if set(names) & set(there):
        raise DiktorError(f"{add} was made from {speech} too", "Name another --source or another --add")
    base.unmixed(out, [*names, *there])
    base.take(add, out)


def _jobs(recipe: Recipe, parts: dict[Split, list[Utterance]], mark: str) -> Iterator[Job]:
    rng = Random(recipe.seed)
    train = parts["train"][:]
    rng.shuffle(train)
    rare = _rarest(recipe.taxonomy, train)
    train.sort(key=lambda u: -_count(u, rare) * rng.random())
    versions = recipe.taxonomy.versions
    wanted, seconds, chosen = recipe.minutes * 60 / (len(versions) * LENGTHENED), 0.0, []
    for utterance in train * (1 + int(wanted // max(1.0, sum(u.duration_s for u in train)))):
        if seconds >= wanted:
            break
        chosen.append(utterance)
        seconds += utterance.duration_s
    groups = [(f"train-{mark}{k:05d}", "train", u) for k, u in enumerate(chosen)]
    share = min(1.0, recipe.minutes / 20)  # a tiny corpus is tiny in every split
    for part in ("dev", "test"):
        held = parts[part][: max(2, int(len(parts[part]) * share))]
        groups += [(f"{part}-{mark}{k:05d}", part, u) for k, u in enumerate(held)]
    for number, first in enumerate(range(0, len(groups), GROUPS_PER_SHARD)):
        yield Job(f"shard-{mark}{number:04d}", tuple(groups[first : first + GROUPS_PER_SHARD]))  # type: ignore[arg-type]


def _rarest(taxonomy: Taxonomy, utterances: list[Utterance]) -> tuple[str, ...]:
    """The phones of the letter that is spoken least: its utterances come first, so that a short corpus has some."""
    groups = [taxonomy.defects[place].phones for place in taxonomy.spoken]
    return min(groups, key=lambda phones: sum(_count(utterance, phones) for utterance in utterances))


def _count(utterance: Utterance, phones: tuple[str, ...]) -> int:
    return sum(phone.phone in phones for word in utterance.words for phone in word.phones)


def _make(recipe: Recipe, out: Path, job: Job) -> None:
    pieces, lines, offset = [], [], 0
    for group, part, utterance in job.groups:
        for clip, heard in versions(recipe, group, part, utterance):
            placed = msgspec.structs.replace(clip, shard=job.name, offset=offset)
            pieces.append(heard.pcm)
            lines.append(msgspec.json.encode(placed))
            offset += len(heard.pcm)
    samples = out / f".{job.name}.i16"
    samples.write_bytes(np.concatenate(pieces).astype("<i2").tobytes())
    samples.rename(out / f"{job.name}.i16")
    labels = out / f".{job.name}.jsonl"
    labels.write_bytes(b"\n".join(lines) + b"\n")
    labels.rename(out / f"{job.name}.jsonl")  # last: a shard with labels is a finished one


def versions(recipe: Recipe, group: str, part: Split, utterance: Utterance) -> Iterator[tuple[Clip, Heard]]:
    """An utterance in every version, each through a channel of its own."""
    rng = Random(f"{recipe.seed}/{group}")
    samples = source.audio(recipe.source, utterance)
    frames = analyse(samples)
    speaker = Speaker(rng.uniform(0.75, 1.3), rng.uniform(0.88, 1.15), rng.uniform(0.82, 1.15))
    for version in recipe.taxonomy.versions:
        own = Random(f"{recipe.seed}/{group}/{version}")
        as_spoken = version in _unvocoded(recipe.taxonomy) and own.random() < NATURAL
        chosen = plan(utterance, version, own, group, taxonomy=recipe.taxonomy)
        if as_spoken:
            rendering = natural(utterance, samples, chosen, speaker, group, recipe.taxonomy)
        else:
            rendering = render(utterance, frames, chosen, speaker, group, recipe.taxonomy)
        heard = telephone(rendering.samples, own)
        clip = Clip(
            id=f"{group}-{version}",
            group=group,
            split=part,
            voice=utterance.voice,
            sentence=utterance.sentence,
            kind=utterance.kind,
            version=version,
            natural=as_spoken,
            codec=heard.codec,
            snr_db=heard.snr_db,
            shard="",
            offset=0,
            length=len(heard.pcm),
            words=later(rendering.words, heard.lead_s),
            marks=later(rendering.marks, heard.lead_s),
            stutters=later(rendering.stutters, heard.lead_s),
        )
        yield clip, heard


def _unvocoded(taxonomy: Taxonomy) -> set[Version]:
    """Versions that need no vocoder: a stutter is cut and put together, a sound is made."""
    return {"healthy", *(taxonomy.names[place] for place in taxonomy.anywhere)}


def seconds_of(clips: list[Clip]) -> float:
    """How long these clips are together."""
    return sum(clip.length for clip in clips) / TELEPHONE
