"""The API does what its description says, on the whole stack: nothing is away, so nothing may be a 5xx."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from deploy.embedded.stack import Stack
from diktor.wire.accounts import Role, Scope
from tests.support.fuzzing import faults
from tests.support.postgres import postgres
from tests.support.served_api import Served, served
from tests.support.stack import embedded_stack

pytestmark = [pytest.mark.accept, pytest.mark.timeout(3600)]

LEFT_OUT = ("calls_follow", *(f"pipelines_{verb}" for verb in ("list", "list_runs", "get_run", "start", "retry")))
"""The first never ends; the others need Airflow."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with ExitStack() as opened:
        outside = {"sql": opened.enter_context(postgres()).database()} if request.param == "postgresql" else {}
        yield opened.enter_context(embedded_stack(tmp_path_factory.mktemp("api"), outside=outside))


@pytest.fixture(scope="module")
def api(stack: Stack) -> Iterator[Served]:
    """Beside the stack's own, with its databases, and without limits of how often it is asked."""
    often = {"api_requests_per_minute": 1_000_000, "api_log_ins_per_minute": 1_000_000}
    with served(home=stack.home.path, **often) as running:
        yield running


@pytest.mark.parametrize("who", ["operator", "supervisor", "admin", "program", "nobody"])
def test_no_answer_is_undocumented_and_none_is_a_failure(api: Served, who: str) -> None:
    if who == "program":
        token = api.service(*Scope)
    else:
        token = "" if who == "nobody" else api.user(Role(who), teams=("north",), operator_id="17")
    found = faults(api.url, token, 20, 20, away=False, left_out=LEFT_OUT)
    assert not found, "\n".join(found)
