"""Numbers as people read them: shares with their intervals, stretches of time, moments."""

from datetime import datetime

from diktor.wire.stats import Share
from services.dashboard.asked import language, local

GAP, JOINED = "\u00a0", "\u2060"
"""Where a line does not break."""


def number(value: float, digits: int = 0) -> str:
    """Thousands apart, the decimal sign of the language."""
    text = f"{value:,.{digits}f}"
    return text.replace(",", GAP).replace(".", ",") if language() == "ru" else text


def percent(value: float) -> str:
    """A share 0–1; below a percent with its tenths, so that a few are not none."""
    return f"{number(100 * value, int(0 < value < 0.01))}{GAP}%"


def interval(share: Share) -> str:
    """The 95 % interval of a share: 12–31 %."""
    return f"{number(100 * share.low)}{JOINED}–{JOINED}{number(100 * share.high)}{GAP}%"


def clock(ms: float) -> str:
    """A length of time, or a place in a call: 4:05, 1:02:03."""
    minutes, seconds = divmod(int(ms // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def moment(at: datetime) -> str:
    """A day and a time on the visitor's clock."""
    return f"{local(at):%d.%m.%Y %H:%M}" if language() == "ru" else f"{local(at):%-d %b %Y %H:%M}"
