"""What a release does now, and the one figure it is known by."""

from typing import Any, Literal

from diktor.releases.document import Release
from diktor.releases.pointer import Pointer

State = Literal["active", "shadow", "standing by", "before", ""]
"""`before`: rolling back leads to it; empty: it is only kept."""


def state_of(number: int, pointer: Pointer) -> State:
    """Of release `number`."""
    if number == pointer.active:
        return "active"
    if pointer.shadow and pointer.shadow.release == number:
        return "shadow"
    if number in pointer.standby:
        return "standing by"
    return "before" if number in pointer.history[-1:] else ""


def macro_f1(item: Release) -> float | None:
    """Of calls, one class of several, on the test split; None where it was not measured."""
    test: Any = item.metrics.get("test", {})
    found = test.get("classes", {}) if isinstance(test, dict) else {}
    return found.get("macro_f1") if isinstance(found, dict) else None
