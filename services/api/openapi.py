"""The API's description (OpenAPI 3.1) and the page that shows it, `/api/docs`: every file comes from this service."""

from dataclasses import dataclass
from importlib import resources
from typing import Any

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, OpenAPIResponse, Operation, SecurityScheme
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute
from litestar.static_files import create_static_files_router

from diktor.wire import Problem
from services.api.access.authentication import ACCESS_COOKIE
from services.api.access.guards import PUBLIC
from services.api.problems import MEDIA_TYPE

PATH = "/api/docs"
FILES = f"{PATH}/files"

ALWAYS = {400: "malformed", 429: "asked too often", 503: "a part is away"}
SIGNED_IN = {401: "not signed in", 403: "not allowed"}
TAKING = {422: "understood, and wrong"}
NAMED = {404: "not there, or not yours to see"}
SENT = {409: "in conflict with what is there", 413: "too large", 422: "understood, and wrong"}


class DocumentedProblems(ReceiveRoutePlugin):
    """Every handler's possible problems are in the description, without each saying so."""

    def receive_route(self, route: BaseRoute) -> None:
        """Add those that a handler does not describe itself."""
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema():
                handler.responses = {**_problems(handler, route.path), **(handler.responses or {})}


def _problems(handler: HTTPRouteHandler, path: str) -> dict[int, ResponseSpec]:
    found = {**ALWAYS, **TAKING}
    changes = bool(handler.http_methods - {"GET", "HEAD", "OPTIONS"})
    if changes or not handler.opt.get("public"):  # what is public and takes something takes a password or a token
        found |= SIGNED_IN
    if "{" in path or not handler.opt.get("public"):  # ids are in queries and bodies too
        found |= NAMED
    if changes:
        found |= SENT
    return {status: _spec(description) for status, description in sorted(found.items())}


def _spec(description: str) -> ResponseSpec:
    return ResponseSpec(Problem, generate_examples=False, description=description, media_type=MEDIA_TYPE)


def forms(of: str, *others: str) -> type[Operation]:
    """For a handler's `operation_class`: answers of the type `of` may be of these too, as a ResponseSpec cannot say."""

    @dataclass
    class InForms(Operation):
        def __post_init__(self) -> None:
            for response in (self.responses or {}).values():
                if isinstance(response, OpenAPIResponse) and response.content and of in response.content:
                    response.content.update(dict.fromkeys(others, response.content[of]))

    return InForms


def description() -> OpenAPIConfig:
    """Where the description is and what it says of all routes."""
    plugin = SwaggerRenderPlugin(
        js_url=f"{FILES}/swagger-ui-bundle.js",
        css_url=f"{FILES}/swagger-ui.css",
        standalone_preset_js_url=f"{FILES}/swagger-ui-standalone-preset.js",
        favicon=f'<link rel="icon" type="image/png" href="{FILES}/favicon-32x32.png">',
        path="/",
    )
    return OpenAPIConfig(
        title="Diktor",
        version="1",
        description="Hears rhotacism, fricative г and stuttering in calls. A score is a hint to a human, no diagnosis.",
        openapi_router=Router(PATH, route_handlers=[], opt=PUBLIC, include_in_schema=False),  # SQL may be away
        render_plugins=[plugin],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="an access or service token"),
                "cookie": SecurityScheme(
                    type="apiKey", name=ACCESS_COOKIE, security_scheme_in="cookie", description="a browser's session"
                ),
            }
        ),
        security=[{"bearer": []}, {"cookie": []}],
    )


def files() -> Router:
    """Swagger UI's own files."""
    folder = resources.files("flask_swagger_ui") / "dist"
    options: dict[str, Any] = {**PUBLIC, "unlimited": True}
    return create_static_files_router(FILES, [str(folder)], name="docs", opt=options, include_in_schema=False)
