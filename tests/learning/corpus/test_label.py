from pathlib import Path

import pytest

from diktor.defects import DEFAULT, Defect, Taxonomy
from diktor.learning.corpus.clips import Version
from diktor.learning.corpus.entries import (
    Entry,
    Problem,
    TimedMark,
    TimedStutter,
    TimedWord,
    class_versions,
    version_of,
)
from diktor.learning.corpus.label import between, complaint, labels, template
from diktor.learning.transcription.transcripts import SpokenWord

WORDS = (TimedWord("город", 1.0, 1.5), TimedWord("рад", 2.0, 2.3))


def _entry(version: Version = "healthy", **fields: object) -> Entry:
    return Entry("list, row 1", Path("a.mp3"), "a.mp3", version, **fields)  # type: ignore[arg-type]


def test_letters_lie_about_where_they_are_written() -> None:
    found = labels(_entry(words=WORDS), None)
    assert [(m.letter, m.word) for m in found.marks] == [("г", 0), ("р", 0), ("р", 1)]
    for mark, middle in zip(found.marks, (1.05, 1.25, 2.05), strict=True):
        assert mark.start <= middle <= mark.end
        assert mark.end - mark.start <= 0.31
    assert not any(mark.defective for mark in found.marks)


@pytest.mark.parametrize(
    ("entry", "weak", "transcribed"),
    [
        (_entry(), True, False),
        (_entry(words=WORDS), False, True),
        (_entry("rhotacism", words=WORDS), True, True),
        (_entry("rhotacism", marks=(TimedMark("р", 1.2, 1.3),)), True, True),
        (_entry("rhotacism", marks=(TimedMark("р", 1.2, 1.3, True),)), False, True),
        (_entry("stuttering", words=WORDS, marks=(TimedMark("р", 1.2, 1.3, False),)), True, True),
        (_entry("stuttering", words=WORDS, stutters=(TimedStutter(0.6, 1.2),)), False, True),
        (_entry(words=WORDS, judged=("rhotacism",)), True, True),
        (_entry(words=WORDS, marks=(TimedMark("р", 1.2, 1.3, False),), judged=("rhotacism",)), False, True),
        (_entry("stuttering", stutters=(TimedStutter(0.6, 1.2),)), True, False),
        (_entry("stuttering", words=WORDS, marks=(TimedMark("р", 1.2, 1.3),), stutters=()), True, True),
    ],
)
def test_labels_are_exact_where_every_sound_is_known(entry: Entry, weak: bool, transcribed: bool) -> None:
    found = labels(entry, None)
    assert (found.weak, found.transcribed) == (weak, transcribed)


def test_a_transcript_gives_words_but_not_of_stuttered_speech() -> None:
    heard = [
        SpokenWord(" Город,", 1000, 1500, 0.9),
        SpokenWord("25", 2000, 2300, 0.9),
        SpokenWord("рад", 3000, 3300, 0.2),
    ]
    found = labels(_entry("rhotacism"), heard)
    assert [word.sure for word in found.words] == [True, False, False]
    assert [mark.letter for mark in found.marks] == ["г", "р"]
    assert not labels(_entry("stuttering"), heard).transcribed


def test_what_the_list_says_goes_before_a_transcript() -> None:
    found = labels(_entry(words=WORDS), [SpokenWord("другое", 0, 900, 0.9)])
    assert [word.word for word in found.words] == ["город", "рад"]


def test_a_piece_has_its_own_time_and_knows_nothing_of_a_word_that_is_cut() -> None:
    known = labels(_entry(words=WORDS, marks=(TimedMark("г", 1.0, 1.1), TimedMark("р", 2.0, 2.1))), None)
    second = between(known, 1.3, 5.0)
    assert [(word.word, word.start, word.sure) for word in second.words] == [("город", 0.0, False), ("рад", 0.7, True)]
    assert [(mark.letter, mark.start, mark.word) for mark in second.marks] == [("р", 0.7, 1)]
    assert between(known, 2.5, 5.0).words == ()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (_entry(words=(TimedWord("рад", 3.0, 9.9),)), "рад is said to be at 3 to 9.9 s of 5.00"),
        (_entry(words=(TimedWord("рад", 3.0, 2.0),)), "3 to 2"),
        (_entry("fricative_g", marks=(TimedMark("р", 1, 2, True),)), "a р is said to be defective"),
        (_entry(words=WORDS), ""),
    ],
)
def test_what_cannot_be_true_is_said(entry: Entry, says: str) -> None:
    found = complaint(entry, {0: 5.0})
    assert says in found
    assert bool(found) == bool(says)


def test_times_of_words_belong_to_one_channel() -> None:
    assert "name the channel" in complaint(_entry(words=WORDS), {0: 5.0, 1: 5.0})


def test_classes_and_letters_are_those_of_the_taxonomy() -> None:
    lisp = Defect("sigmatism", "сигматизм", "sigmatism", ("с", "ш"), ("s", "sh"))
    taxonomy = Taxonomy((*DEFAULT.defects, lisp))
    assert class_versions(taxonomy)["4"] == class_versions(taxonomy)["sigmatism"] == "sigmatism"
    assert isinstance(version_of("4", "row 1"), Problem)
    entry = _entry("sigmatism", marks=(TimedMark("ш", 1.0, 1.1, True),))
    assert [mark.letter for mark in labels(entry, None, taxonomy).marks] == ["сш"]
    assert complaint(entry, {0: 5.0}, taxonomy) == ""
    assert "ш is no marker letter" in complaint(entry, {0: 5.0})


def test_a_template_is_the_text_without_its_numbers() -> None:
    texts = [template(_entry(text=text), labels(_entry(), None)) for text in ("Ваш номер: 25!", "ваш  номер 1024")]
    assert texts[0] == texts[1] != ""
    named = _entry(text="Ваш номер 25", template="t7")
    assert template(named, labels(named, None)) == "t7"
    assert template(_entry(), labels(_entry(), None)) == ""


def test_a_stutter_is_in_its_word_and_in_the_piece_that_it_is_in() -> None:
    known = labels(_entry("stuttering", words=WORDS, stutters=(TimedStutter(1.0, 1.3, "sound"),)), None)
    assert [word.stuttered for word in known.words] == [True, False]
    (whole,) = between(known, 0.5, 2.5).stutters
    assert (whole.start, whole.end, whole.kind) == (0.5, 0.8, "sound")
    (cut,) = between(known, 1.2, 2.5).stutters
    assert (cut.start, cut.end) == (0.0, 0.1)
    assert not between(known, 1.3, 2.5).stutters


def test_stutters_are_for_who_stutters_and_within_the_recording() -> None:
    stutter = (TimedStutter(0.5, 1.0),)
    assert not complaint(_entry("stuttering", stutters=stutter), {0: 2.0})
    assert complaint(_entry("rhotacism", stutters=stutter), {0: 2.0}) == "it has stutters, the class is rhotacism"
    assert "a stutter is said to be at 0.5 to 1 s of 0.60" in complaint(
        _entry("stuttering", stutters=stutter), {0: 0.6}
    )
    both = _entry("stuttering", marks=(TimedMark("р", 0.1, 0.2, True),), stutters=stutter)
    assert not complaint(both, {0: 2.0}), "who stutters may have another defect"
