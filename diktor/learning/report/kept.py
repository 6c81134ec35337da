"""What the members said of held-out calls, kept so that a report can be drawn again without listening again."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from diktor.audio.grid import Grid
from diktor.errors import DiktorError
from diktor.files import draft
from diktor.learning.calls import RATE, Heard, Scored, joined
from diktor.learning.corpus.clips import Version, load_clips
from diktor.learning.ensemble import MemberOutputs


class KeptCall(msgspec.Struct, frozen=True):
    """A call by the clips it was joined from; its labels stand in the corpus."""

    name: str
    version: Version
    clips: tuple[str, ...]
    windows: int


class Header(msgspec.Struct, frozen=True):
    """What the arrays of a file are of: windows of these calls, in order."""

    corpus_digest: str
    members: tuple[str, ...]
    calls: tuple[KeptCall, ...]


def keep(path: Path, scored: Sequence[Scored], members: tuple[str, ...], corpus_digest: str) -> None:
    """Write what was heard, all or nothing: (W, M, T, …) float32 per output of W windows and M members."""
    calls = tuple(
        KeptCall(item.call.name, item.call.version, tuple(clip.id for clip in item.call.clips), len(item.windows))
        for item in scored
    )
    windows = [heard for item in scored for heard in item.windows]
    markers, with_, without = (np.stack(part) for part in zip(*(heard.outputs for heard in windows), strict=True))
    header = msgspec.json.encode(Header(corpus_digest, members, calls))
    with draft(path) as hidden, hidden.open("wb") as file:
        np.savez(
            file,
            header=np.frombuffer(header, np.uint8),
            speech_ms=np.array([heard.speech_ms for heard in windows], np.int64),
            markers=markers,
            with_=with_,
            without=without,
        )


def load(path: Path, corpus: Path) -> tuple[Header, list[Scored]]:
    """The calls as they were scored, with the labels of the corpus.

    Raises:
        DiktorError: nothing was kept, or of another corpus.
    """
    if not path.exists():
        raise DiktorError(f"{path} is missing", "Run: diktor learn evaluate")
    with np.load(path) as file:
        arrays = dict(file)
    header = msgspec.json.decode(arrays["header"].tobytes(), type=Header)
    digest = msgspec.json.decode((corpus / "manifest.json").read_bytes())["digest"]
    if header.corpus_digest != digest:
        raise DiktorError(f"{path} was heard on another corpus than {corpus}", "Run again: diktor learn evaluate")
    clips = {clip.id: clip for clip in load_clips(corpus)}
    outputs = [arrays[name] for name in MemberOutputs._fields]
    result, first = [], 0
    for kept in header.calls:
        call = joined(corpus, kept.name, kept.version, [clips[name] for name in kept.clips])
        windows = Grid().windows(len(call.pcm) * 1000 // RATE)
        if len(windows) != kept.windows:
            raise DiktorError(f"{path} was heard on another grid", "Run again: diktor learn evaluate")
        heard = tuple(
            Heard(window, int(arrays["speech_ms"][k]), MemberOutputs(*(part[k] for part in outputs)))
            for k, window in enumerate(windows, first)
        )
        result.append(Scored(call, heard))
        first += kept.windows
    return header, result


def alone(scored: Sequence[Scored], member: int) -> list[Scored]:
    """The same as if one member were all there is; where it has no say it hears nothing."""
    chosen = slice(member, member + 1)
    return [
        item._replace(
            windows=tuple(
                heard._replace(outputs=MemberOutputs(*(np.nan_to_num(part[chosen]) for part in heard.outputs)))
                for heard in item.windows
            )
        )
        for item in scored
    ]
