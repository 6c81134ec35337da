"""A take at a browser's microphone, recorded on the training page."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from sqlalchemy import select

from diktor.releases import RATE
from diktor.wire.accounts import Role
from services.api.accounts.tables import UserRow
from tests.support.browser import Visitor
from tests.support.served_api import Served
from tests.support.takes import wav
from tests.support.trained import exercise

LEAD_S = 4
"""The microphone is heard from when it is opened: the page counts down first."""


def microphone(folder: Path, pcm: NDArray[np.int16]) -> Path:
    """A file for `chromium`: a take of (samples,) int16 at 8 kHz after some silence."""
    path = folder / "microphone.wav"
    path.write_bytes(wav(np.concatenate([np.zeros(LEAD_S * RATE, np.int16), pcm])))
    return path


def at_exercise(somebody: Visitor, site: Served, login: str) -> Page:
    """A new operator with this login, at the text of `trained`."""
    site.user(Role.operator, login=login, operator_id=login, teams=("north",))
    return somebody.log_in(login, path=f"/training?exercise={site.run(_given(site, login))}")


def record(page: Page, pcm: NDArray[np.int16]) -> None:
    """Record a whole take; the page has a text."""
    page.click("[data-do=start]")
    length = len(pcm) // RATE + LEAD_S
    later = "|".join(f"{second // 60}:{second % 60:02}" for second in range(length, length + 30))
    shown = re.compile(f"^({later}) / ")
    expect(page.locator("#recorder-time")).to_have_text(shown, timeout=1000 * (length + 60))
    page.click("[data-do=stop]")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "taken")


def mastery(page: Page) -> dict[str, int | None]:
    """What the gauges of the result say."""
    gauges = page.locator("#training-result .gauge")
    expect(gauges.first).to_be_visible(timeout=240_000)
    shown = {str(gauge.get_attribute("data-part")): gauge.inner_text().strip() for gauge in gauges.all()}
    return {part: None if text == "–" else int(text) for part, text in shown.items()}


async def _given(site: Served, login: str) -> str:
    async with site.database.sessions() as session:
        user = await session.scalar(select(UserRow.id).where(UserRow.login == login))
        row = await exercise(session, str(user))
        await session.commit()
        return row.id
