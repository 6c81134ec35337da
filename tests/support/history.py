"""Some days of two teams' calls, as a supervisor would find them: for pages that show statistics and lists."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

from diktor.rows import CallRow
from diktor.settings import Settings
from tests.support.calls import NOW, call, record, store, wav

OPERATORS = {"op-1": "north", "op-2": "north", "op-3": "north", "op-4": "south"}
BURRED = "op-1"
"""Whose calls mostly show rhotacism."""
HEARD = "call-0"
"""The call that has a recording."""


def history(days: int = 10, per_day: int = 2, seed: int = 5) -> Iterator[CallRow]:
    """Every operator's calls, the newest of them an hour ago; `call-0` is BURRED's newest."""
    rng, number = Random(seed), 0
    for day in range(days):
        for _ in range(per_day):
            for operator, team in OPERATORS.items():
                burr = rng.uniform(55, 95) if operator == BURRED and rng.random() < 0.8 else rng.uniform(0, 30)
                risks = (burr, rng.uniform(0, 60), None if rng.random() < 0.2 else rng.uniform(0, 40))
                began = NOW - timedelta(days=day, hours=1, minutes=number % 50)
                yield call(f"call-{number}", team, operator, risks, started_at=began)
                number += 1


async def lived_in(settings: Settings, folder: Path) -> None:
    """Put the history, and a recording of HEARD, where the API finds them."""
    await store(settings, *history())
    record(settings, folder, HEARD, wav(1, 9.0), BURRED)
