"""Recordings into training, development and test: no speaker and no text in two of them, every class in all if it can.

Speakers and texts hang together: who reads a text binds it to all they read. Each such cluster goes to one split as a
whole. One that holds most of the speech (everybody reads the same sentences) cannot: its speakers and its texts are
dealt apart, and recordings whose speaker went one way and whose text another are left out.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from diktor.learning.corpus.source import Split

SPLITS: tuple[Split, ...] = ("train", "dev", "test")
SHARES = (0.7, 0.15, 0.15)
TEXT_SHARES = (0.5, 0.25, 0.25)
"""Of the texts of a cluster that is cut: held-out speakers then keep a quarter of what they said."""

MOST = 0.5
"""A cluster with a larger share of the seconds is cut."""


Seconds = defaultdict[str, float]
"""By class."""


class Item(NamedTuple):
    """A recording: who speaks, what (both as keys that only mean same or different), its class and length."""

    speaker: str
    text: str
    version: str
    seconds: float


class Taken(NamedTuple):
    """Speakers and texts that already are in a split."""

    speakers: Mapping[str, Split]
    texts: Mapping[str, Split]


def deal(items: Sequence[Item], seed: int, taken: Taken) -> list[Split | None]:
    """The split of each recording, None if it has to be left out. The same items and seed give the same splits."""
    everything = sum(item.seconds for item in items)
    totals = _weigh(items)
    have: list[Seconds] = [defaultdict(float) for _ in SPLITS]
    splits: list[Split | None] = [None] * len(items)
    whole: list[list[int]] = []
    for cluster in clusters([(("speaker", i.speaker), ("text", i.text)) for i in items]):
        inside = [items[number] for number in cluster]
        bound = {taken.speakers.get(i.speaker) for i in inside} | {taken.texts.get(i.text) for i in inside}
        bound -= {None}
        several = min(len({i.speaker for i in inside}), len({i.text for i in inside})) > 1
        if len(bound) > 1 or (not bound and several and sum(i.seconds for i in inside) > MOST * everything):
            _apart(items, cluster, splits, seed, taken)
        elif bound:
            for number in cluster:
                splits[number] = next(iter(bound))
        else:
            whole.append(cluster)
    for split, item in zip(splits, items, strict=True):
        if split is not None:
            _add(have[SPLITS.index(split)], [item])
    for cluster, split in _share(items, whole, SHARES, seed, totals, have):
        for number in cluster:
            splits[number] = split
    return splits


def clusters(edges: Sequence[tuple[Hashable, Hashable]]) -> list[list[int]]:
    """Edges (by number) that hang together, in the order of their first."""
    parent: dict[Hashable, Hashable] = {}

    def root(node: Hashable) -> Hashable:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in edges:
        parent[root(one)] = root(other)
    found: dict[Hashable, list[int]] = {}
    for number, (one, _) in enumerate(edges):
        found.setdefault(root(one), []).append(number)
    return list(found.values())


def _apart(items: Sequence[Item], cluster: Sequence[int], splits: list[Split | None], seed: int, taken: Taken) -> None:
    """Deal speakers and texts of a cluster, each on its own; where they agree the recording stays."""
    dealt = []
    for known, shares, names in (
        (taken.speakers, SHARES, [item.speaker for item in items]),
        (taken.texts, TEXT_SHARES, [item.text for item in items]),
    ):
        groups: dict[str, list[int]] = {}
        for number in cluster:
            groups.setdefault(names[number], []).append(number)
        have: list[Seconds] = [defaultdict(float) for _ in SPLITS]
        where = {name: known[name] for name in groups if name in known}
        for name, split in where.items():
            _add(have[SPLITS.index(split)], [items[number] for number in groups[name]])
        free = [numbers for name, numbers in groups.items() if name not in where]
        totals = _weigh([items[number] for number in cluster])
        where |= {names[group[0]]: split for group, split in _share(items, free, shares, seed, totals, have)}
        dealt.append(where)
    for number in cluster:
        speakers, texts = dealt[0][items[number].speaker], dealt[1][items[number].text]
        splits[number] = speakers if speakers == texts else None


def _share(
    items: Sequence[Item],
    groups: Sequence[list[int]],
    shares: Sequence[float],
    seed: int,
    totals: Seconds,
    have: list[Seconds],
) -> list[tuple[list[int], Split]]:
    """Deal groups, those of twice the length first, each to the split that lacks most of what it brings."""
    order = sorted(groups, key=lambda group: [items[number] for number in group])
    Random(seed).shuffle(order)
    order.sort(key=lambda group: -int(sum(items[number].seconds for number in group)).bit_length())
    found = []
    for group in order:
        brings = _weigh([items[number] for number in group])
        lacks = [
            sum(seconds / totals[name] * (1 - part[name] / (share * totals[name])) for name, seconds in brings.items())
            for part, share in zip(have, shares, strict=True)
        ]
        chosen = max(range(len(SPLITS)), key=lambda place: (round(lacks[place], 9), -place))
        _add(have[chosen], [items[number] for number in group])
        found.append((group, SPLITS[chosen]))
    return found


def _weigh(items: Iterable[Item]) -> Seconds:
    weight: Seconds = defaultdict(float)
    _add(weight, items)
    return weight


def _add(weight: Seconds, items: Iterable[Item]) -> None:
    for item in items:
        weight[item.version] += item.seconds
