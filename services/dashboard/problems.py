"""What a callback does when the API refuses it or is away: the visitor is told, and what they typed stays.

401 and 503 become the answer to the browser, which renews the session or waits and asks again (`assets/session.js`).
"""

import logging

import dash
import flask
from werkzeug.exceptions import HTTPException

from diktor.client import ApiError
from diktor.errors import DiktorError, UnavailableError
from services.dashboard.words import known, say

log = logging.getLogger(__name__)

AGAIN_S = 2
"""How long a browser waits before it asks again for what is away."""


def handled(error: Exception) -> None:
    """Dash's `on_error`.

    Raises:
        HTTPException: the answer is for the browser's script rather than for the visitor.
    """
    if isinstance(error, HTTPException):
        raise error
    if isinstance(error, ApiError) and error.status == 401:
        flask.abort(flask.Response("log in again", 401))
    if isinstance(error, UnavailableError) or (isinstance(error, ApiError) and error.status in (429, 503)):
        flask.abort(flask.Response("ask again", 503, {"Retry-After": str(AGAIN_S)}))
    if not isinstance(error, DiktorError):
        log.exception("a callback failed", exc_info=error)
    tell(*told(error))


def told(error: Exception) -> tuple[str, str]:
    """A title and a sentence for an error, in the visitor's language."""
    if isinstance(error, ApiError):
        title = say(f"problem.{error.status}") if known(f"problem.{error.status}") else say("problem.other")
        return title, sentence(error)
    if isinstance(error, DiktorError):
        return say("problem.other"), sentence(error)
    return say("problem.unexpected"), say("problem.unexpected_why")


def sentence(error: DiktorError) -> str:
    """Cause and remedy, with a capital and a full stop."""
    text = f"{error}".strip(" .")
    return f"{text[:1].upper()}{text[1:]}."


def tell(title: str, message: str = "", bad: bool = True) -> None:
    """A notification."""
    note = {
        "action": "show",
        "title": title,
        "message": message,
        "color": "red" if bad else "teal",
        "autoClose": 12000 if bad else 4000,
        "closeButtonProps": {"aria-label": say("shell.close")},
    }
    dash.set_props("notifications", {"sendNotifications": [note]})
