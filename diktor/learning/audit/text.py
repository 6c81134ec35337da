"""Which letters and words were said, as numbers: what a classifier gets that reads and does not hear."""

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

ALPHABET = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"

BUCKETS = 48
"""Words are told apart by a checksum of so many values: templates share words, and no list of them is kept."""


def text_of(words: Sequence[str]) -> dict[str, float]:
    """Per word of the text: each letter, each first letter, each bucket of words."""
    letters = Counter(letter for word in words for letter in word)
    first = Counter(word[:1] for word in words)
    buckets = Counter(crc32(word.encode()) % BUCKETS for word in words)
    share = 1 / len(words)
    return (
        {f"letter {letter}": letters[letter] * share for letter in ALPHABET}
        | {f"first {letter}": first[letter] * share for letter in ALPHABET}
        | {f"words of {bucket}": buckets[bucket] * share for bucket in range(BUCKETS)}
    )
