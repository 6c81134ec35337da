"""Source speech that a forced aligner placed: recordings, and beside each a TextGrid with its words and phones.

As the Montreal Forced Aligner writes them with russian_mfa: SPEAKER/NAME.TextGrid, with the tiers `words` and `phones`,
or of each speaker in it `WHO - words` and `WHO - phones`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import soundfile
from praatio import textgrid
from praatio.data_classes.textgrid import Textgrid
from praatio.utilities.errors import PraatioException

from diktor.errors import DiktorError
from diktor.learning.corpus.phones import phone
from diktor.learning.corpus.source import Phone, Utterance, Word

SUFFIX = ".TextGrid"

WORDS, PHONES = "words", "phones"

AUDIO = (".wav", ".flac", ".ogg", ".opus", ".mp3")

PART_S, PAUSE_S = 4.0, 0.15
"""A recording is cut after so long, in the next pause of at least so much: in what is too long the versions of an
utterance do not match."""

SLACK_S = 0.005
"""A phone may reach so far out of its word: times are rounded."""

UNKNOWN = frozenset(("spn", "<unk>"))
"""What is said there is not known: of such a piece nothing is taken."""

QUIET = frozenset(("", "sil", "sp", "<eps>", "<sil>"))

_REMEDY = "Align with the Montreal Forced Aligner and russian_mfa, and put the TextGrids beside the recordings"


def there(folder: Path) -> list[Path]:
    """The TextGrids of a folder and of those in it."""
    return sorted(folder.rglob(f"*{SUFFIX}"))


def read(folder: Path, grids: Sequence[Path]) -> list[Utterance]:
    """What was said in each recording, in pieces of some seconds.

    Raises:
        DiktorError: a TextGrid is none, lacks a tier or its recording, or has phones that are not Russian ones of MFA;
            says so of all of them.
    """
    found, wrong = list[Utterance](), list[str]()
    for path in grids:
        try:
            found += _recording(folder, path)
        except (ValueError, OSError, soundfile.LibsndfileError) as error:
            wrong.append(f"{path.relative_to(folder)}: {error}")
    if wrong:
        raise DiktorError("\n".join(["source speech that cannot be taken", *wrong]), _REMEDY)
    return found


def _recording(folder: Path, path: Path) -> Iterator[Utterance]:
    audio = next((found for suffix in AUDIO if (found := path.with_suffix(suffix)).exists()), None)
    if audio is None:
        raise ValueError(f"no recording beside it ({', '.join(AUDIO)})")
    length = soundfile.info(audio).duration
    grid = _grid(path)
    speakers = [name.removesuffix(WORDS) for name in grid.tierNames if name.endswith(WORDS)]
    if not speakers:
        raise ValueError(f"no tier {WORDS}")
    for speaker in speakers:
        if speaker + PHONES not in grid.tierNames:
            raise ValueError(f"no tier {speaker}{PHONES}")
        voice = speaker.removesuffix(" - ") or (path.parent.name if path.parent != folder else path.stem)
        name = path.relative_to(folder).with_suffix("").as_posix() + (f"-{voice}" if speaker else "")
        words = list(_words(grid, speaker))
        for number, (start, end, part) in enumerate(_parts(words, length)):
            if not any(word.word in UNKNOWN for word in part):
                text = " ".join(word.word for word in part)
                own = tuple(_later(word, -start) for word in part)
                file = audio.relative_to(folder).as_posix()
                yield Utterance(f"{name}-{number:03d}", voice, file, end - start, text, text, text, own, start)


def _grid(path: Path) -> Textgrid:
    try:
        return textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="silence")
    except (PraatioException, LookupError, ValueError) as error:  # a file without any tier is an IndexError
        raise ValueError("it is no TextGrid with tiers") from error


def _words(grid: Textgrid, speaker: str) -> Iterator[Word]:
    phones = [item for item in grid.getTier(speaker + PHONES).entries if item.label not in QUIET]
    for word in grid.getTier(speaker + WORDS).entries:
        if word.label in QUIET:
            continue
        inside = [p for p in phones if p.start >= word.start - SLACK_S and p.end <= word.end + SLACK_S]
        known = word.label not in UNKNOWN and not any(p.label in UNKNOWN for p in inside)
        own = tuple(Phone(_phone(p.label), p.start, p.end) for p in inside) if known else ()
        yield Word(word.label if own else next(iter(UNKNOWN)), word.start, word.end, own)


def _phone(label: str) -> str:
    name = phone(label)
    if name is None:
        raise ValueError(f"{label} is no phone of russian_mfa")
    return name


def _parts(words: Sequence[Word], length: float) -> Iterator[tuple[float, float, Sequence[Word]]]:
    """Start, end and words of each piece."""
    edges, firsts = [0.0], [0]
    for number, (before, word) in enumerate(pairwise(words), 1):
        if word.start - edges[-1] > PART_S and word.start - before.end >= PAUSE_S:
            edges.append((before.end + word.start) / 2)
            firsts.append(number)
    for start, end, first, last in zip(edges, [*edges[1:], length], firsts, [*firsts[1:], len(words)], strict=True):
        if first < last:
            yield start, end, words[first:last]


def _later(word: Word, by: float) -> Word:
    phones = tuple(Phone(p.phone, p.start + by, p.end + by) for p in word.phones)
    return Word(word.word, word.start + by, word.end + by, phones)
