"""From the recordings store into a folder of material: judged windows cut out, recordings without labels whole."""

import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from diktor.audio.beside import NOTES
from diktor.errors import AudioError
from diktor.files import draft
from diktor.learning.own_calls import cut
from diktor.learning.own_calls.gather import OwnCall
from diktor.learning.own_calls.judged import WINDOWS, Judged, LeftOut
from diktor.recordings import Recordings, digest_of
from diktor.settings import Settings

UNLABELLED = "unlabelled"
GONE = "its recording is gone"

Advance = Callable[[str, int, int], None]


def cut_out(
    store: Recordings, items: Sequence[Judged], out: Path, gone: list[LeftOut], settings: Settings, advance: Advance
) -> list[tuple[Judged, str]]:
    """Windows as files, each with its file's SHA-256; those that no corpus would take are added to `gone`.

    Raises:
        DiktorError: `out` cannot be written.
    """
    calls: dict[str, list[Judged]] = {}
    for item in items:
        calls.setdefault(item.call.recording.call_id, []).append(item)
    kept: dict[str, Judged] = {}
    for done, (call_id, wanted) in enumerate(calls.items(), 1):
        advance("labelled calls", done, len(calls))
        try:
            with tempfile.TemporaryDirectory() as folder:
                store.fetch(call_id, Path(folder) / "audio")
                found = cut.cut(Path(folder) / "audio", wanted, settings.ingest_max_seconds)
        except (AudioError, FileNotFoundError) as error:
            gone += [LeftOut(item.where, error.cause if isinstance(error, AudioError) else GONE) for item in wanted]
            continue
        for item, pcm in zip(wanted, found, strict=True):
            if wrong := cut.complaint(pcm):
                gone.append(LeftOut(item.where, wrong))
                continue
            cut.write(pcm, out / item.file)
            other = kept.setdefault(digest_of(out / item.file), item)
            if other is not item:
                gone.append(LeftOut(item.where, f"it sounds exactly as {other.where}"))
    _only(out / WINDOWS, {out / item.file for item in kept.values()})
    return [(item, digest) for digest, item in kept.items()]


def copy_whole(
    store: Recordings, calls: Sequence[OwnCall], out: Path, gone: list[LeftOut], advance: Advance
) -> list[OwnCall]:
    """Recordings under their call's id; returns those that are there, the others are added to `gone`.

    Raises:
        DiktorError: `out` cannot be written.
    """
    there: dict[Path, OwnCall] = {}
    for done, call in enumerate(calls, 1):
        advance("recordings", done, len(calls))
        recording = call.recording
        suffix = Path(recording.file_name).suffix.lower()
        plain = suffix[1:].isalnum() and suffix not in NOTES
        target = out / UNLABELLED / f"{recording.call_id}{suffix if plain else '.audio'}"
        try:
            if not target.is_file() or target.stat().st_size != recording.size:
                with draft(target) as path:
                    store.fetch(recording.call_id, path)
            there[target] = call
        except FileNotFoundError:
            gone.append(LeftOut(recording.call_id, GONE))
    _only(out / UNLABELLED, there)
    return list(there.values())


def _only(folder: Path, wanted: Collection[Path]) -> None:
    """What an interrupted run left and is wanted no more goes."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in wanted:
            path.unlink()
