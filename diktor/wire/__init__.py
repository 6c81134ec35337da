"""What crosses the API's wire: one module per area, read by the service that answers and by the client that asks."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list. `next` is the cursor of the part after it; None: this is the last."""

    items: list[T]
    next: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document (RFC 9457): `detail` says what is wrong and why, `remedy` what to do, `errors` each fault."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    remedy: str = ""
    errors: list[str] = []
