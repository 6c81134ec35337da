"""Calls for tests: stored rows, and recordings that are beside them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from diktor.defects import NAMES
from diktor.recordings import Recording, Recordings
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, Span, WindowRow
from diktor.scoring.verdict import named
from diktor.settings import Settings
from diktor.store.client import Store

NOW = datetime.now(UTC).replace(microsecond=0)

NOON = f"Etc/GMT{NOW.hour - 12:+d}"
"""Where it is about noon now, so that some hours ago is today. The names' signs are west of Greenwich."""


def call(
    call_id: str,
    team: str = "north",
    operator: str = "op",
    risks: Sequence[float | None] = (80.0, 10.0, None),
    **more: object,
) -> CallRow:
    """A scored call of a minute, an hour ago; `risks` of the operator's channel in the taxonomy's order."""
    judged = tuple(
        DefectVerdict(
            name,
            risk,
            "not_enough_evidence" if risk is None else named(risk),
            9.0,
            (Span(4200, 4300, 0.9),) if risk else (),
        )
        for name, risk in zip(NAMES, risks, strict=True)
    )
    verdict = ChannelVerdict("operator", 9000, 2, 8000, judged, 2)
    began = NOW - timedelta(hours=1)
    row = CallRow(
        call_id, operator, team, "inbound", "pbx", began, ("operator",), 1, 0, "scored", "end", (verdict,), NOW
    )
    return msgspec.structs.replace(row, **more)


def windows(call_id: str) -> list[WindowRow]:
    """Two windows, of which the second has evidence of the first defect."""
    first = WindowRow(call_id, "operator", 0, 5000, 4000, (0.2, 0.1, 0.1), (2.0, 1.0), ((), (), ()), 1, NOW)
    second = WindowRow(
        call_id, "operator", 4000, 9000, 4000, (0.9, 0.1, 0.1), (2.0, 1.0), ((Span(4200, 4300, 0.9),), (), ()), 1, NOW
    )
    return [first, second]


async def store(settings: Settings, *rows: CallRow) -> None:
    """Calls with their windows."""
    opened = await Store.open(settings)
    try:
        await opened.insert_calls(rows)
        for row in rows:
            await opened.insert_windows(windows(row.call_id))
    finally:
        await opened.close()


def wav(seed: int, seconds: float = 1.0) -> bytes:
    """A mono recording, another one for every seed."""
    file = io.BytesIO()
    samples = np.random.default_rng(seed).normal(0, 0.1, int(8000 * seconds))
    soundfile.write(file, samples, 8000, subtype="PCM_16", format="WAV")
    return file.getvalue()


def record(settings: Settings, folder: Path, call_id: str, content: bytes, operator: str = "op") -> None:
    """A recording in the store, taken an hour ago."""
    path = folder / "in.wav"
    path.write_bytes(content)
    hour = NOW - timedelta(hours=1)
    names = ("in.wav", len(content), operator, "north", "inbound", hour, ("mixed",), 1000, None, hour)
    Recordings(settings.recordings_url).put(Recording(call_id, "d1g357", *names), path)
