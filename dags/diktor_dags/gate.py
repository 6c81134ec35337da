"""The gate: whether what was learned may be released, and if not, every reason."""

from collections.abc import Mapping
from typing import Any

Classes = Mapping[str, Any]
"""`macro_f1` of calls and `f1` of each class, as `diktor learn evaluate` and `diktor release evaluate` tell them."""


def reasons(found: Classes, serving: Classes, min_macro_f1: float, max_class_drop: float) -> list[str]:
    """Why it may not; empty when it may. Figures that could not be taken are reasons too.

    `serving`: of the release that serves now, on the same calls. Classes that only one of them knows are not compared.
    """
    why = []
    macro, now = found.get("macro_f1"), found.get("f1") or {}
    if macro is None:
        why.append("macro-F1 could not be taken: the test split has too few calls")
    elif macro < min_macro_f1:
        why.append(f"macro-F1 is {macro:.3f}, below {min_macro_f1:.3f}")
    for name, before in (serving.get("f1") or {}).items():
        if name not in now or before is None:
            continue
        if now[name] is None:
            why.append(f"{name} could not be measured; the serving release has {before:.3f}")
        elif before - now[name] > max_class_drop:
            why.append(
                f"{name} is {now[name]:.3f}, more than {max_class_drop:.3f} below the serving release's {before:.3f}"
            )
    return why
