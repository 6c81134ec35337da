"""What is known of a recording's sounds becomes the labels of its pieces; what is not known stays open."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.corpus.clips import ClipWord, Mark, Stutter, has
from diktor.learning.corpus.entries import Entry, TimedMark, TimedWord
from diktor.learning.transcription.counting import confidence
from diktor.learning.transcription.markers import places, readable
from diktor.learning.transcription.text import words as written
from diktor.learning.transcription.transcripts import SpokenWord

LEAST_CONFIDENCE = 0.5
"""Words of a transcript that are less certain are not counted, as in `diktor learn prepare`."""

LATE_S = 0.25
"""A label may end so much after its recording: times of words are not exact."""

_NUMBER = re.compile(r"\d+")


class Labels(NamedTuple):
    """Words, letters and stutters of a channel, in seconds, as `Clip` has them."""

    words: tuple[ClipWord, ...]
    marks: tuple[Mark, ...]
    weak: bool
    transcribed: bool
    stutters: tuple[Stutter, ...] = ()


def labels(entry: Entry, heard: Sequence[SpokenWord] | None, taxonomy: Taxonomy = DEFAULT) -> Labels:
    """The labels of one channel: what its list says, else what a transcript heard.

    Speech that is healthy, or whose every letter is said to be defective or not, and every stutter if there are any,
    has exact labels; else they are weak, and so is what a person judged as a whole, without saying it of letters. A
    transcript of stuttered speech tells no counts: it leaves repetitions out.
    """
    words, stutters = entry.words, tuple(Stutter(s.start, s.end, s.kind) for s in entry.stutters or ())
    anywhere = _anywhere(entry, taxonomy)
    if words is None and heard is not None and not anywhere:
        words = tuple(map(_heard, heard))
    told_letters = entry.marks is not None
    spoken = tuple(
        ClipWord(w.word, w.start, w.end, _stuttered(w, stutters), w.sure and (told_letters or readable(w.word)))
        for w in words or ()
    )
    marks = _marked(entry.marks, spoken, taxonomy) if entry.marks is not None else _written(spoken, taxonomy)
    healthy = entry.version == "healthy"
    told = healthy or all(mark.defective is not None for mark in entry.marks or ())
    transcribed = words is not None or entry.marks is not None
    placed = entry.stutters is not None if anywhere else healthy or bool(entry.marks)
    exact = told and transcribed and placed and (told_letters or not entry.judged)
    return Labels(spoken, marks, not exact, transcribed, stutters)


def between(known: Labels, start: float, end: float) -> Labels:
    """The labels of a piece, in its own seconds. Of a word that the cut goes through nothing is known in it."""
    words: list[ClipWord] = []
    numbers: dict[int, int] = {}
    for number, word in enumerate(known.words):
        if word.start < end and word.end > start:
            whole = word.start >= start and word.end <= end + LATE_S
            numbers[number] = len(words)
            words.append(
                msgspec.structs.replace(
                    word,
                    start=round(max(word.start, start) - start, 4),
                    end=round(min(word.end, end) - start, 4),
                    sure=word.sure and whole,
                )
            )
    marks = tuple(
        msgspec.structs.replace(
            mark,
            start=round(mark.start - start, 4),
            end=round(min(mark.end, end) - start, 4),
            word=numbers.get(mark.word, -1),
        )
        for mark in known.marks
        if mark.start >= start and mark.end <= end + LATE_S and mark.start < end
    )
    stutters = tuple(
        msgspec.structs.replace(
            stutter, start=round(max(stutter.start, start) - start, 4), end=round(min(stutter.end, end) - start, 4)
        )
        for stutter in known.stutters
        if stutter.start < end and stutter.end > start
    )
    return known._replace(words=tuple(words), marks=marks, stutters=stutters)


def complaint(entry: Entry, seconds: Mapping[int, float], taxonomy: Taxonomy = DEFAULT) -> str:
    """What cannot be true of what the list says about a recording's sounds; "" if all of it can."""
    length = max(seconds.values()) + LATE_S
    stretches = [(word.word, word.start, word.end) for word in entry.words or ()]
    stretches += [(mark.letter, mark.start, mark.end) for mark in entry.marks or ()]
    stretches += [("a stutter", stutter.start, stutter.end) for stutter in entry.stutters or ()]
    for what, start, end in stretches:
        if not 0 <= start < end <= length:
            return f"{what} is said to be at {start:g} to {end:g} s of {length - LATE_S:.2f}"
    names = _letters(taxonomy)
    anywhere = _anywhere(entry, taxonomy)
    having = {defect.letter for defect in taxonomy.defects if anywhere or has(entry.version, defect)}
    if entry.stutters and not anywhere:
        return f"it has stutters, the class is {entry.version}"
    for mark in entry.marks or ():
        if mark.letter not in names:
            return f"{mark.letter} is no marker letter: {', '.join(names)}"
        if mark.defective and names[mark.letter] not in having:
            return f"a {mark.letter} is said to be defective, the class is {entry.version}"
    if entry.words is not None and len(seconds) > 1:
        return "it has times of words and two channels: name the channel"
    return ""


def template(entry: Entry, known: Labels) -> str:
    """What may be in one split only: the template, else the text without its numbers; "" if neither is known."""
    text = entry.text or " ".join(word.word for word in known.words)
    return entry.template or " ".join(written(_NUMBER.sub("0", text)))


def _anywhere(entry: Entry, taxonomy: Taxonomy) -> bool:
    """Whether the class is a defect that lies on no letter."""
    return entry.version in [taxonomy.names[place] for place in taxonomy.anywhere]


def _stuttered(word: TimedWord, stutters: Sequence[Stutter]) -> bool:
    return any(word.start <= (stutter.start + stutter.end) / 2 < word.end for stutter in stutters)


def _heard(word: SpokenWord) -> TimedWord:
    sure = confidence(word) >= LEAST_CONFIDENCE
    return TimedWord(word.text.strip(), word.start_ms / 1000, max(word.end_ms, word.start_ms + 20) / 1000, sure)


def _letters(taxonomy: Taxonomy) -> dict[str, str]:
    """By each letter, and by all of a defect as one word: what they are counted as."""
    found = {letter: defect.letter or "" for defect in taxonomy.defects for letter in defect.letters}
    return found | {letter: letter for letter in taxonomy.letters}


def about(start: float, end: float, at: float, each: float) -> tuple[float, float]:
    """Where in a word a letter may be that is written `at` (0 its start, 1 its end): a letter's length to both sides.

    A letter takes `each` of the word.
    """
    middle, reach = start + at * (end - start), 1.5 * each * (end - start)
    return max(start, middle - reach), min(end, middle + reach)


def _written(words: Sequence[ClipWord], taxonomy: Taxonomy) -> tuple[Mark, ...]:
    """The letters of the words, each about where it is written."""
    return tuple(
        Mark(taxonomy.letters[place.letter], round(first, 4), round(last, 4), False, "written", number)
        for number, word in enumerate(words)
        if word.sure
        for place in places(word.word, taxonomy)
        for first, last in [about(word.start, word.end, place.at, 1 / max(1, len(word.word)))]
    )


def _marked(marks: Sequence[TimedMark], words: Sequence[ClipWord], taxonomy: Taxonomy) -> tuple[Mark, ...]:
    """The letters as they were listed, in the words they lie in."""

    def of(mark: TimedMark) -> int:
        middle = (mark.start + mark.end) / 2
        return next((n for n, word in enumerate(words) if word.start <= middle < word.end), -1)

    names = _letters(taxonomy)
    return tuple(
        Mark(names[m.letter], m.start, m.end, bool(m.defective), "unknown" if m.defective is None else "listed", of(m))
        for m in sorted(marks, key=lambda m: m.start)
    )
