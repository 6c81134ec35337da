"""The API's description held against the API: requests made from it, and what may come back."""

from collections.abc import Sequence

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

load_all_checks()

LAST = ("accounts_log_out", "accounts_log_out_everywhere", "accounts_change_password")
"""They end the session that the others need."""

AWAY = 503


def faults(url: str, token: str, sane: int, insane: int, *, away: bool, left_out: Sequence[str] = ()) -> list[str]:
    """What the API answers against its own description, asked so many times an operation, sanely and not.

    `away`: parts are, so that 503 is an answer too; otherwise no 5xx is.
    """
    schema = schemathesis.openapi.from_url(f"{url}/api/docs/openapi.json")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    operations = [found.ok() for found in schema.get_all_operations()]
    named = {operation.definition.raw["operationId"]: operation for operation in operations}
    found: list[str] = []
    for name in sorted(named, key=lambda name: (name in LAST, name)):
        if name in left_out:
            continue
        for mode, examples in ((GenerationMode.POSITIVE, sane), (GenerationMode.NEGATIVE, insane)):
            if examples:
                found += _asked(named[name], name, mode, url, headers, examples, away)
    return found


def _asked(operation, name, mode, url, headers, examples, away) -> list[str]:  # type: ignore[no-untyped-def]
    checks = [status_code_conformance, content_type_conformance, response_schema_conformance]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, verbosity=Verbosity.quiet,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Case) -> None:
        response = case.call(base_url=url, headers=headers, timeout=60)
        served = [] if away and response.status_code == AWAY else [not_a_server_error]
        case.validate_response(response, checks=[*served, *checks], headers=headers)

    try:
        ask()
    except (
        Exception,
        BaseExceptionGroup,
    ) as error:  # told with its operation; the others are asked too
        return [f"{name}, {mode.value}: {error}"]
    return []
