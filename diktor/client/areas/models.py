"""Releases."""

from pathlib import Path
from typing import BinaryIO

from diktor.client.request import Area, M, Request, operation, path
from diktor.wire import Page
from diktor.wire.models import Action, Comparison, Deployment, NewDeployment, Release, ReleaseDetail, Serving

HERE = "/api/v1/models"


def _deployment(action: Action, release: int | None = None, share: float | None = None) -> Request[Deployment]:
    body = NewDeployment(action=action, release=release, share=share)
    return Request(method="POST", path=f"{HERE}/deployments", kind=Deployment, body=body)


class Models(Area[M]):
    """What there is, what serves, bringing another one up."""

    @operation
    def list(self, limit: int = 50, cursor: str | None = None) -> Request[Page[Release]]:
        """Releases, the newest first."""
        query = {"limit": limit, "cursor": cursor}
        return Request(method="GET", path=f"{HERE}/releases", kind=Page[Release], query=query)

    @operation
    def get(self, release: int) -> Request[ReleaseDetail]:
        """One release with its card and figures."""
        return Request(method="GET", path=path(HERE + "/releases/{}", release), kind=ReleaseDetail)

    @operation
    def get_picture(self, release: int, name: str, into: Path | BinaryIO | None = None) -> Request[bytes]:
        """A PNG, returned or written into a file."""
        return Request(method="GET", path=path(HERE + "/releases/{}/pictures/{}", release, name), kind=bytes, into=into)

    @operation
    def get_serving(self) -> Request[Serving]:
        """Which release is active, which on trial."""
        return Request(method="GET", path=f"{HERE}/serving", kind=Serving)

    @operation
    def compare(self, first: int, second: int, windows: int | None = None) -> Request[Comparison]:
        """Two releases on the newest `windows` that both scored."""
        query = {"first": first, "second": second, "windows": windows}
        return Request(method="GET", path=f"{HERE}/comparison", kind=Comparison, query=query)

    @operation
    def activate(self, release: int) -> Request[Deployment]:
        """Load a release, check it, make it active: follow it with `get_deployment`."""
        return _deployment(Action.activate, release)

    @operation
    def roll_back(self) -> Request[Deployment]:
        """Make the release active that was so before."""
        return _deployment(Action.roll_back)

    @operation
    def shadow(self, release: int, share: float | None = None) -> Request[Deployment]:
        """Put a release on trial for a share of the calls."""
        return _deployment(Action.shadow, release, share)

    @operation
    def load(self, release: int) -> Request[Deployment]:
        """Only load a release; activating it later is quick."""
        return _deployment(Action.load, release)

    @operation
    def unload(self, release: int) -> Request[Deployment]:
        """End a release's trial or standing by."""
        return _deployment(Action.unload, release)

    @operation
    def list_deployments(self, limit: int = 50, cursor: str | None = None) -> Request[Page[Deployment]]:
        """Deployments, the newest first."""
        query = {"limit": limit, "cursor": cursor}
        return Request(method="GET", path=f"{HERE}/deployments", kind=Page[Deployment], query=query)

    @operation
    def get_deployment(self, deployment: str) -> Request[Deployment]:
        """How a deployment stands."""
        return Request(method="GET", path=path(HERE + "/deployments/{}", deployment), kind=Deployment)
