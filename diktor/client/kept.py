"""The session of this machine's command line, kept between commands for its owner alone."""

import os
from pathlib import Path

import msgspec

from diktor.client.session import Session
from diktor.errors import DiktorError
from diktor.settings import Settings
from diktor.wire.accounts import Tokens

FILE = "api-session.json"
"""In `DIKTOR_HOME`."""


def beginning(settings: Settings) -> Session:
    """A session without tokens, which keeps those that it takes."""
    return Session(changed=lambda tokens: _keep(settings.home / FILE, tokens))


def kept(settings: Settings) -> Session:
    """The one that `diktor login` began.

    Raises:
        DiktorError: there is none.
    """
    session = beginning(settings)
    try:
        tokens = msgspec.json.decode((settings.home / FILE).read_bytes(), type=Tokens)
    except (OSError, msgspec.MsgspecError) as error:
        raise DiktorError("nobody is logged in here", "Log in: diktor login NAME") from error
    session.access, session.refresh = tokens.access_token, tokens.refresh_token
    return session


def _keep(path: Path, tokens: Tokens) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(tokens))
    hidden.replace(path)
