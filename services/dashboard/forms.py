"""Forms that are sent through a callback: what the API refuses is said at its field, and what was typed stays."""

from collections.abc import Sequence

from diktor.client import ApiError
from services.dashboard.problems import sentence

REFUSED = (400, 403, 409, 413, 422)
"""What is said in a form; other errors are no fault of what was typed."""


def placed(error: ApiError, fields: Sequence[str]) -> tuple[dict[str, str], str]:
    """What is wrong by field, and the rest in one sentence; as `problem.errors` has it, `field: what`.

    Raises:
        ApiError: it is none of a form's.
    """
    if error.status not in REFUSED:
        raise error
    found: dict[str, str] = {}
    rest: list[str] = []
    for line in error.problem.errors:
        name, _, what = line.partition(": ")
        field = name.removeprefix("data.").split(".")[0].split("[")[0]
        if what and field in fields and field not in found:
            found[field] = what
        else:
            rest.append(line)
    if not found and not rest:
        rest = [sentence(error)]
    return found, " ".join(rest)
