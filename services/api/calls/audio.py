"""A recording for whoever listens: ranges of its bytes (RFC 9110, 14), its waveform, and who began to listen."""

import asyncio
import mimetypes
import re
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from litestar import Response
from litestar.response import Stream

from diktor import waveforms
from diktor.audio.decoded import Decoded
from diktor.audio.isolated import Limits
from diktor.errors import DiktorError
from diktor.recordings import Recording, Recordings
from diktor.settings import Settings
from diktor.wire.calls import Waveform

PIECE = 1 << 18
HEARD_S = 600.0
"""A player asks for many ranges: within so long it is the same listening."""

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TYPES = {".opus": "audio/ogg", ".ogg": "audio/ogg", ".webm": "audio/webm", ".m4a": "audio/mp4", ".wav": "audio/wav"}


class Listeners:
    """Who listened to which call lately, on this process."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], float] = {}

    def begins(self, who: str, call_id: str) -> bool:
        """Whether this is a listening of its own."""
        now = time.monotonic()
        self._since = {key: since for key, since in self._since.items() if now - since < HEARD_S}
        if (who, call_id) in self._since:
            return False
        self._since[who, call_id] = now
        return True


async def recording_of(recordings: Recordings, call_id: str) -> Recording | None:
    """A call's recording, if there is one: live calls have none."""
    try:
        return await asyncio.to_thread(recordings.get, call_id)
    except DiktorError:  # an id that no recording can have
        return None


def answer(recordings: Recordings, recording: Recording, headers: Mapping[str, str]) -> Response[Any]:
    """The audio, or the range that is asked for; several ranges at once are answered with all of it, as is allowed."""
    tag = f'"{recording.digest}"'
    wanted = headers.get("Range", "") if headers.get("If-Range", tag) == tag else ""
    suffix = Path(recording.file_name).suffix.lower()
    common = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": "private, no-store"}
    kind = _TYPES.get(suffix) or mimetypes.guess_type(f"a{suffix}")[0] or ""
    media_type = kind if kind.startswith("audio/") else "application/octet-stream"
    found = span(wanted, recording.size)
    if found is None:
        headers_ = {**common, "Content-Length": str(recording.size)}
        return Stream(_pieces(recordings, recording, 0, recording.size), media_type=media_type, headers=headers_)
    start, end = found
    if start >= end:
        return Response(
            b"",
            status_code=416,
            media_type=media_type,
            headers={**common, "Content-Range": f"bytes */{recording.size}"},
        )
    ranged = {"Content-Range": f"bytes {start}-{end - 1}/{recording.size}", "Content-Length": str(end - start)}
    return Stream(
        _pieces(recordings, recording, start, end), status_code=206, media_type=media_type, headers={**common, **ranged}
    )


def span(wanted: str, size: int) -> tuple[int, int] | None:
    """[start, end) that a Range header means; None: all of it; an empty one: nothing of it is there."""
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    start, end = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None  # no range at all, which is ignored
    return (start, end) if start < size else (size, size)


async def waveform(recordings: Recordings, recording: Recording, settings: Settings) -> Waveform:
    """The waveform; ingest draws it, and of a recording that has none it is drawn now.

    Raises:
        AudioError: it cannot be decoded any more.
    """
    kept = await asyncio.to_thread(waveforms.waveform, recordings, recording.call_id)
    if kept is None:
        kept = await asyncio.to_thread(_drawn, recordings, recording, settings)
    return kept


def _drawn(recordings: Recordings, recording: Recording, settings: Settings) -> Waveform:
    with tempfile.TemporaryDirectory(prefix="diktor-") as folder:
        path = Path(folder) / "audio"
        recordings.fetch(recording.call_id, path)
        limits = Limits(settings.decode_bytes, settings.decode_seconds)
        decoded = Decoded.of(path, Path(folder), settings.ingest_max_seconds, recording.file_name, limits)
        return waveforms.draw(recordings, recording, decoded)


async def _pieces(recordings: Recordings, recording: Recording, start: int, end: int) -> AsyncIterator[bytes]:
    while start < end:
        piece = await asyncio.to_thread(recordings.piece, recording.call_id, start, min(start + PIECE, end))
        if not piece:
            return
        yield piece
        start += len(piece)
