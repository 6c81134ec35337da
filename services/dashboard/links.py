"""Addresses within the dashboard: the list behind a figure, a call, an operator, a team."""

from datetime import datetime
from urllib.parse import quote, urlencode


def to_calls(**filters: object) -> str:
    """The list of calls with these filters (see `pages.calls`); None is no filter."""
    given = {name: _text(value) for name, value in filters.items() if value is not None}
    return "/calls" + (f"?{urlencode(given, doseq=True)}" if given else "")


def to_call(call_id: str, **place: object) -> str:
    """A call, at a place in it."""
    given = {name: value for name, value in place.items() if value is not None}
    return f"/calls/{quote(call_id, safe='')}" + (f"?{urlencode(given)}" if given else "")


def to_operator(key: str) -> str:
    """An operator's page."""
    return f"/operators/{quote(key, safe='')}"


def to_team(key: str) -> str:
    """A team's page."""
    return f"/teams/{quote(key, safe='')}"


def _text(value: object) -> object:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
