"""The Dash application: its pages, its files, and what goes with every answer."""

from typing import Any
from urllib.parse import urlsplit

import dash
import flask
from dash import Dash

from diktor.settings import Settings
from services.dashboard import shell
from services.dashboard.asked import connect, language, theme
from services.dashboard.page import Page, nothing_here
from services.dashboard.pages import PAGES
from services.dashboard.problems import handled
from services.dashboard.words import say

FOREVER = "public, max-age=31536000, immutable"
GROUNDS = {"light": "#ffffff", "dark": "#242424"}
"""Before any style sheet is there."""


class Dashboard(Dash):
    """Its first document is in the visitor's language and light or dark, before any script has run."""

    def interpolate_index(self, **parts: Any) -> str:
        """The document."""
        return f"""<!DOCTYPE html>
<html lang="{language()}" data-mantine-color-scheme="{theme()}" style="background: {GROUNDS[theme()]}">
<head>{parts["metas"]}<title>Diktor</title>{parts["favicon"]}{parts["css"]}</head>
<body><noscript>{say("shell.no_script")}</noscript>{parts["app_entry"]}
<footer>{parts["config"]}{parts["scripts"]}{parts["renderer"]}</footer></body>
</html>"""


def dashboard(settings: Settings) -> Dashboard:
    """The application; its `server` is WSGI."""
    dash.page_registry.clear()  # Dash keeps pages per process, not per application
    app = Dashboard(
        __name__,
        use_pages=True,
        pages_folder="",
        assets_ignore=r".*\.worklet\.js",
        suppress_callback_exceptions=True,
        on_error=handled,
        compress=True,
        update_title=None,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.server.config.update(COMPRESS_STREAMS=False, MAX_CONTENT_LENGTH=4 * 2**20)
    connect(app.server, settings)
    for page in PAGES:
        _add(app, page)
    dash.register_page("not_found_404", path="/404", layout=nothing_here)  # the name Dash looks for
    app.layout = shell.layout
    shell.register(app, PAGES)
    _guard(app, settings)
    return app


def _add(app: Dash, page: Page) -> None:
    place = {"path_template": page.path} if "<" in page.path else {"path": page.path}
    dash.register_page(page.name, **place, title=f"{say(f'{page.name}.title')} · Diktor", layout=page.show)
    page.register(app)


def _guard(app: Dash, settings: Settings) -> None:
    server = app.server
    policy: list[str] = []

    def own_pages_only() -> None:
        """A change that another site's page asks for is none of the visitor's."""
        site = flask.request.headers.get("Sec-Fetch-Site", "same-origin")
        if flask.request.method == "POST" and site not in ("same-origin", "none"):
            flask.abort(403)

    def headers(response: flask.Response) -> flask.Response:
        if not policy:  # every inline script is known by now
            policy.append(_policy(app))
        response.headers["Content-Security-Policy"] = policy[0]
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "microphone=(self)"
        if urlsplit(settings.api).scheme == "https":
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if response.status_code == 200 and flask.request.path.startswith("/assets/") and "m" in flask.request.args:
            response.headers["Cache-Control"] = FOREVER
        return response

    server.before_request(own_pages_only)
    server.after_request(headers)


def _policy(app: Dash) -> str:
    """Nothing from elsewhere, no script that is not ours. Components set styles inline, which is allowed."""
    scripts = " ".join(["'self'", *app.csp_hashes()])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
