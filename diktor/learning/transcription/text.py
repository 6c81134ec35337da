"""Russian text as it is compared: words without case, punctuation and ё; edit distance and word error rate."""

import re
from collections.abc import Sequence

import numpy as np

_ACCENT = "\u0301"
_WORD = re.compile(r"[^\W_]+")

Pair = tuple[int | None, int | None]
"""Places in the reference and in what was heard; None where the other side has a word of its own."""


def words(text: str) -> list[str]:
    """The text's words: lower case, е for ё, no punctuation, no stress marks; parts around a hyphen stand alone."""
    return _WORD.findall(text.replace(_ACCENT, "").lower().replace("ё", "е"))


def align(reference: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """The cheapest pairing of two sequences (Levenshtein 1966: substitution, omission and insertion cost 1 each)."""
    columns = np.arange(len(heard) + 1)
    cost = np.empty((len(reference) + 1, len(heard) + 1), np.int64)
    cost[0] = columns
    for row, word in enumerate(reference, 1):
        swapped = cost[row - 1, :-1] + np.array([word != other for other in heard], np.int64)
        best = np.concatenate([[row], np.minimum(cost[row - 1, 1:] + 1, swapped)])
        cost[row] = np.minimum.accumulate(best - columns) + columns  # insertions run along the row
    pairs: list[Pair] = []
    i, j = len(reference), len(heard)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (reference[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


def errors(reference: Sequence[str], heard: Sequence[str], pairs: Sequence[Pair]) -> int:
    """How many words of this pairing are wrong, left out or put in; over the reference's words it is the WER."""
    return sum(i is None or j is None or reference[i] != heard[j] for i, j in pairs)
