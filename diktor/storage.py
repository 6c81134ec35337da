"""Storages that fsspec knows (file://, s3://, …), opened the same way everywhere."""

import sys
from typing import Any
from urllib.parse import urlsplit

import fsspec


def storage(url: str) -> tuple[Any, str]:
    """The file system at an address, and the path in it.

    On a disk folders are made as they are needed. What others change is seen at once: s3fs would keep what it has
    listed for as long as the process lives.
    """
    on_disk = urlsplit(url).scheme in ("", "file", "local")
    options = {"auto_mkdir": True} if on_disk else {"use_listings_cache": False}
    fs, path = fsspec.core.url_to_fs(url, **options)
    return fs, str(path)


def storage_errors() -> tuple[type[Exception], ...]:
    """What storages raise, for an `except`: the system's errors, and those of S3's client where it is in use."""
    botocore = sys.modules.get("botocore.exceptions")
    return (OSError, botocore.BotoCoreError) if botocore else (OSError,)
