"""Cross-validation in which neither a voice nor a sentence template is on both sides."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from diktor.learning.corpus.clips import Clip

PARTS = 3
"""Parts that voices and templates are each dealt into, if there are so many of them."""

Places = NDArray[np.int64]


def crossed(clips: Sequence[Clip]) -> Iterator[tuple[Places, Places]]:
    """(places to learn from, places to test) in `clips`; every place is tested once.

    What shares the tested part's voice or its template (`Clip.kind`, the family of sentences) is in neither. Where all
    clips are of one voice or one template there is nothing to learn from.
    """
    voices, kinds = _dealt([clip.voice for clip in clips]), _dealt([clip.kind for clip in clips])
    for voice in np.unique(voices):
        for kind in np.unique(kinds):
            yield (
                np.flatnonzero((voices != voice) & (kinds != kind)),
                np.flatnonzero((voices == voice) & (kinds == kind)),
            )


def _dealt(names: Sequence[str]) -> Places:
    """The part of each place: names are dealt, the most frequent first, to the part that has least."""
    counts = Counter(names)
    filled = [0] * min(PARTS, len(counts))
    part = {}
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        part[name] = filled.index(min(filled))
        filled[part[name]] += count
    return np.array([part[name] for name in names], np.int64)
