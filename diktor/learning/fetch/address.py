"""What an address names: a packed archive or a folder, on the web, on a storage, or on Google Drive."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx

from diktor.errors import DiktorError
from diktor.learning.fetch.remote import Remote, Web, patiently, stored

AS_IT_IS = {"Accept-Encoding": "identity"}
"""Sizes and marks are of the file, not of what it would be packed to on the way."""

TIMEOUT = httpx.Timeout(60, connect=15)

DRIVE = ("drive.google.com", "docs.google.com", "drive.usercontent.google.com")


class Place(NamedTuple):
    """Where data lies, and whether as a folder."""

    remote: Remote
    folder: bool


@contextmanager
def place(address: str, drive: str) -> Iterator[Place]:
    """What there is at an address. On the web a folder's address ends in a slash; `drive` serves files of Google Drive.

    Raises:
        DiktorError: it is no address, or nothing is there.
    """
    url = urlsplit(address)
    if url.scheme not in ("http", "https"):
        yield Place(*stored(address))
        return
    shared = url.hostname in DRIVE
    with httpx.Client(headers=AS_IT_IS, timeout=TIMEOUT, follow_redirects=True) as client:
        direct = patiently(lambda: _of_drive(address, drive, client)) if shared else address
        yield Place(Web(direct, client), url.path.endswith("/") and not shared)


def _of_drive(address: str, drive: str, client: httpx.Client) -> str:
    """Where the bytes of a shared file are, past the page that asks whether it may go unchecked for viruses."""
    from gdown.download import get_url_from_gdrive_confirmation
    from gdown.exceptions import FileURLRetrievalError
    from gdown.parse_url import parse_url

    name, _ = parse_url(urlsplit(address)._replace(netloc=DRIVE[0]).geturl())  # which knows not every host of it
    if not name:
        raise DiktorError(
            "That link names no file of Google Drive", "Pack the data as one zip, and copy the link of that file"
        )
    direct = f"{drive}?{urlencode({'id': name, 'export': 'download', 'confirm': 't'})}"
    page = Web(direct, client).page()
    if not page:
        return direct
    try:
        return get_url_from_gdrive_confirmation(page)
    except FileURLRetrievalError as error:
        raise DiktorError(
            f"Google Drive does not give the file {name}: {error}",
            "Let whoever has the link read it, or download it in a browser and name the file",
        ) from error
