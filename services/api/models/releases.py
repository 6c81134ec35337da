"""The release store as the API shows it. All of this reads files or an object store: off the event loop."""

from http import HTTPStatus

import msgspec

from diktor import releases
from diktor.releases.pointer import Pointer
from diktor.releases.state import macro_f1, state_of
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.models import Release, ReleaseDetail, Serving
from services.api.problems import missing, problem

CARD, PICTURES = "MODEL_CARD.md", "pictures/"


def serving(settings: Settings) -> Serving:
    """What the pointer says."""
    return msgspec.convert(Releases.of(settings).pointer(), Serving, from_attributes=True)


def listed(settings: Settings, limit: int, cursor: str | None) -> Page[Release]:
    """The newest first; the cursor is the number of the last one that was given."""
    store = Releases.of(settings)
    pointer = store.pointer()
    below = _before(cursor)
    numbers = [number for number in reversed(store.numbers()) if below is None or number < below]
    items = [_shown(store.get(number), pointer) for number in numbers[:limit]]
    return Page(items=items, next=str(numbers[limit - 1]) if len(numbers) > limit else None)


def described(settings: Settings, number: int) -> ReleaseDetail:
    """Raises: 404: there is no such release. ReleaseError: it is damaged."""
    store = Releases.of(settings)
    release = _known(store, number)
    return ReleaseDetail(
        release=_shown(release, store.pointer()),
        defects=[defect.name for defect in release.defects],
        classes=list(release.classes),
        metrics=release.metrics,
        card=store.read(number, CARD).decode(),
        pictures=[name.removeprefix(PICTURES) for name in release.files if name.startswith(PICTURES)],
    )


def picture(settings: Settings, number: int, name: str) -> bytes:
    """A PNG. Raises: 404: there is no such release or picture."""
    store = Releases.of(settings)
    if PICTURES + name not in _known(store, number).files:
        missing("such picture")
    return store.read(number, PICTURES + name)


def require(settings: Settings, *numbers: int) -> None:
    """Raises: 422: one of them is not in the store."""
    known = Releases.of(settings).numbers()
    for number in numbers:
        if number not in known:
            there = ", ".join(map(str, known)) or "none"
            raise problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"there is no release {number}", f"There are: {there}")


def _known(store: Releases, number: int) -> releases.Release:
    if number not in store.numbers():
        missing(f"release {number}")
    return store.get(number)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 12):
        raise problem(HTTPStatus.UNPROCESSABLE_ENTITY, "this is no cursor of this list", "Take one from `next`")
    return int(cursor)


def _shown(item: releases.Release, pointer: Pointer) -> Release:
    return Release(
        number=item.number,
        name=item.name,
        state=state_of(item.number, pointer),
        created_at=item.created_at,
        code_revision=item.code_revision,
        corpus_digest=item.corpus_digest,
        members=list(item.members),
        length_ms=item.length_ms,
        hop_ms=item.hop_ms,
        macro_f1=macro_f1(item),
    )
