"""All audits of a corpus, and of a run on it, as one document."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from diktor.learning.audit.leak import Leak, contexts, hear, leaks
from diktor.learning.audit.shortcuts import Shortcut, shortcuts
from diktor.learning.corpus.build import seconds_of
from diktor.learning.corpus.clips import load_clips, taxonomy_of

Advance = Callable[[str, int, int], None]


class Report(msgspec.Struct, frozen=True):
    """What the audits found; `leaks` is empty where no network was heard."""

    corpus_digest: str
    clips: int
    minutes: float
    shortcuts: tuple[Shortcut, ...]
    leaks: tuple[Leak, ...]
    passes: bool
    """Whether every audit passes: one that has too little speech to say does not."""


def audit(corpus: Path, members: Sequence[Path], processes: int, advance: Advance) -> Report:
    """Audit a corpus, and with `members` (ONNX files) what they hear in its held-out speech.

    Raises:
        DiktorError: there is no finished corpus, it has one voice or one template only, or a member is missing.
    """
    clips, taxonomy = load_clips(corpus), taxonomy_of(corpus)
    heard: list[Leak] = []
    if members:
        found = contexts(clips, taxonomy)
        scored = hear(corpus, found, members, processes, lambda done, of: advance("listening", done, of))
        heard = leaks(found, scored, taxonomy)
    told = shortcuts(corpus, clips, advance, taxonomy)
    verdicts = [item.verdict for item in told] + [item.verdict for item in heard]
    return Report(
        corpus_digest=msgspec.json.decode((corpus / "manifest.json").read_bytes())["digest"],
        clips=len(clips),
        minutes=round(seconds_of(clips) / 60, 1),
        shortcuts=tuple(told),
        leaks=tuple(heard),
        passes=all(verdict == "passes" for verdict in verdicts),
    )
