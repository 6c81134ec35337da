"""Addresses of the list behind a figure."""

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


def _text(value: object) -> object:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
