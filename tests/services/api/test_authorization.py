"""Every route, asked by everybody, answers as the matrix says."""

import httpx
import pytest

from diktor.client import Client
from diktor.wire.accounts import Role, Scope
from tests.services.api.matrix import MATRIX, WHO
from tests.support.api import Api, Route

ENDS_A_SESSION = ("accounts_log_out", "accounts_log_out_everywhere")
UNKNOWN_LOGIN = ("accounts_log_in", "accounts_refresh", "accounts_introspect_token")
"""Public, and refused by what they are told and not by who asks."""

NEVER_ENDS = ("calls_follow",)
"""Whom it lets in, it does not let go; its own tests have it."""

OTHER_METHODS = {"models_deploy": ("activate", "roll_back", "shadow", "load", "unload")}
"""What the client calls an operation, if not by its name."""

NOT_THE_CLIENTS = {
    "operations_live",
    "operations_metrics",
    "accounts_introspect_token",
    "accounts_refresh",
    "checks_predict",
    "calls_follow",
}
"""What probes, ingest and the client's own session ask."""


def test_every_route_has_a_line_in_the_matrix(routes: list[Route]) -> None:
    assert {route.operation for route in routes} == set(MATRIX)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_everybody_is_let_in_or_refused_as_the_matrix_says(api: Api, routes: list[Route]) -> None:
    clients, wrong = await everybody(api), []
    for route in routes:
        asking = await everybody(api) if route.operation in ENDS_A_SESSION else clients
        for who, expected in zip(WHO, MATRIX[route.operation].split(), strict=True):
            if expected == "+" and route.operation in NEVER_ENDS:
                continue
            answer = await ask(asking[who], route)
            if not as_expected(answer, expected, route):
                wrong.append(f"{route.operation} by {who}: {answer.status_code}, not {expected}: {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


async def everybody(api: Api) -> dict[str, httpx.AsyncClient]:
    """In the order of the matrix' columns."""
    users = {role.value: await api.user(role) for role in Role}
    programs = {scope.value: await api.service(scope) for scope in Scope}
    return {"nobody": await api.client(), **users, **programs}


async def ask(client: httpx.AsyncClient, route: Route) -> httpx.Response:
    """With ids of nothing and an empty body: guards are asked before anything is read."""
    path = "/".join(
        "1" if part.endswith(":int}") else "none" if part[:1] == "{" else part for part in route.path.split("/")
    )
    body = {"json": {}} if route.method in ("POST", "PUT", "PATCH") else {}
    return await client.request(route.method, path, **body)  # type: ignore[arg-type]


def as_expected(answer: httpx.Response, expected: str, route: Route) -> bool:
    if expected == "+":
        return answer.status_code not in (401, 403) or route.operation in UNKNOWN_LOGIN
    return answer.status_code == int(expected)


def test_the_client_has_a_method_for_every_route(routes: list[Route]) -> None:
    with Client("http://127.0.0.1:9") as client:
        missing = []
        for operation in {route.operation for route in routes} - NOT_THE_CLIENTS:
            area, _, verb = operation.partition("_")
            names = OTHER_METHODS.get(operation, (verb,))
            missing += [f"{area}.{name}" for name in names if not hasattr(getattr(client, area, None), name)]
    assert not missing, sorted(missing)
