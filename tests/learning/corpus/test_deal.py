import itertools
from collections import Counter

from diktor.learning.corpus.deal import Item, Taken, clusters, deal
from diktor.learning.corpus.source import Split

FREE = Taken({}, {})
CLASSES = ("healthy", "rhotacism", "fricative_g", "stuttering")


def _clean(items: list[Item], splits: list[Split | None]) -> bool:
    """Whether no speaker and no text is in two splits."""
    kept = [(item, split) for item, split in zip(items, splits, strict=True) if split]
    return all(
        len({split for item, split in kept if item[key] == value}) == 1
        for key in (0, 1)
        for value in {item[key] for item, _ in kept}
    )


def test_what_hangs_together_is_one_cluster() -> None:
    assert clusters([("a", 1), ("b", 2), ("a", 2), ("c", 3)]) == [[0, 1, 2], [3]]


def test_recordings_of_unknown_speakers_are_shared_out_class_by_class() -> None:
    items = [Item(f"s{n}", f"t{n}", CLASSES[n % 4], 5.0 + n % 3) for n in range(200)]
    splits = deal(items, 1, FREE)
    assert None not in splits
    count = Counter((item.version, split) for item, split in zip(items, splits, strict=True))
    for version in CLASSES:
        assert 32 <= count[version, "train"] <= 38
        assert 5 <= count[version, "dev"] <= 10
        assert 5 <= count[version, "test"] <= 10


def test_a_rare_class_with_three_speakers_is_in_every_split() -> None:
    items = [Item(f"s{n}", f"t{n}", "healthy", 60.0) for n in range(30)]
    items += [Item(f"r{n}", f"u{n}", "stuttering", 3.0) for n in range(3)]
    splits = deal(items, 1, FREE)
    assert {split for item, split in zip(items, splits, strict=True) if item.version == "stuttering"} == {
        "train", "dev", "test",
    }  # fmt: skip


def test_no_speaker_and_no_text_is_in_two_splits() -> None:
    items = [Item(f"s{n % 9}", f"t{n // 3}", "healthy", 4.0) for n in range(90)]
    splits = deal(items, 1, FREE)
    assert _clean(items, splits)
    assert set(splits) >= {"train", "dev", "test"}


def test_where_everybody_reads_the_same_what_does_not_fit_is_left_out() -> None:
    items = [Item(f"s{s}", f"t{t}", CLASSES[s % 2], 4.0) for s, t in itertools.product(range(12), range(40))]
    splits = deal(items, 1, FREE)
    assert _clean(items, splits)
    assert set(splits) == {"train", "dev", "test", None}
    assert splits.count("train") > len(items) / 4


def test_the_seed_decides_and_nothing_else() -> None:
    items = [Item(f"s{n}", f"t{n}", CLASSES[n % 4], 4.0 + n / 30) for n in range(60)]
    splits = deal(items, 1, FREE)
    assert splits == deal(items, 1, FREE)
    assert splits != deal(items, 2, FREE)
    backwards = deal(items[::-1], 1, FREE)
    assert splits == backwards[::-1], "the order of the list does not matter"


def test_speakers_and_texts_that_stand_in_a_corpus_stay_in_their_split() -> None:
    taken = Taken({"anna": "test"}, {"да": "dev", "нет": "train"})
    items = [
        Item("anna", "новое", "healthy", 9.0),
        Item("boris", "да", "healthy", 9.0),
        Item("anna", "нет", "healthy", 9.0),
        Item("vera", "нет", "healthy", 9.0),
    ]
    splits = deal(items, 1, taken)
    assert splits[1] == "dev"
    assert splits[2] is None
    assert splits[0] in ("test", None)
    assert splits[3] in ("train", None)
