"""What an address names: a packed archive or a folder, on the web, on a storage, or on Google Drive."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from diktor.errors import DiktorError
from diktor.learning.fetch.remote import Remote, Web, stored

AS_IT_IS = {"Accept-Encoding": "identity"}
"""Sizes and marks are of the file, not of what it would be packed to on the way."""

TIMEOUT = httpx.Timeout(60, connect=15)

DRIVE = ("drive.google.com", "docs.google.com", "drive.usercontent.google.com")
_DRIVE_FILE = re.compile(r"/file/(?:u/\d+/)?d/([\w-]+)")


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
    direct = _of_drive(address, drive) if shared else address
    with httpx.Client(headers=AS_IT_IS, timeout=TIMEOUT, follow_redirects=True) as client:
        yield Place(Web(direct, client), url.path.endswith("/") and not shared)


def _of_drive(address: str, drive: str) -> str:
    """Where the bytes of a shared file are, without the page that asks whether it may go unchecked for viruses."""
    url = urlsplit(address)
    found = _DRIVE_FILE.search(url.path)
    name = found[1] if found else parse_qs(url.query).get("id", [""])[0]
    if not name or "/folders/" in url.path:
        raise DiktorError(
            "That link names no file of Google Drive", "Pack the data as one zip, and copy the link of that file"
        )
    return f"{drive}?{urlencode({'id': name, 'export': 'download', 'confirm': 't'})}"
