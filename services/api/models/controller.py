"""Releases over HTTP: supervisors may look, administrators change what serves."""

import asyncio
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.releases.comparison import compared
from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.models import Comparison, Deployment, NewDeployment, Release, ReleaseDetail, Serving
from services.api.access import Principal, Role, at_least
from services.api.models import releases
from services.api.models.deployments import Deployments, shown
from services.api.models.tables import DeploymentRow
from services.api.operations import audit
from services.api.problems import missing
from services.api.sql import page_of

ADMIN = at_least(Role.admin)
Number = Annotated[int, Parameter(ge=1, le=2**31 - 1)]
Limit = Annotated[int, Parameter(ge=1, le=200)]


class ModelController(Controller):
    """What there is, what serves, bringing another one up."""

    path = "/models"
    tags = ("models",)
    guards = (at_least(Role.supervisor),)

    @get("/releases", operation_id="models_list", summary="Every release, the newest first")
    async def list_releases(self, settings: Settings, limit: Limit = 50, cursor: str | None = None) -> Page[Release]:
        """With what each does now."""
        return await asyncio.to_thread(releases.listed, settings, limit, cursor)

    @get("/releases/{number:int}", operation_id="models_get", summary="One release with its card and figures")
    async def get_release(self, settings: Settings, number: Number) -> ReleaseDetail:
        """The model card is Markdown."""
        return await asyncio.to_thread(releases.described, settings, number)

    @get(
        "/releases/{number:int}/pictures/{name:str}",
        operation_id="models_get_picture",
        summary="A picture of a release, such as its confusion matrix",
        responses={200: ResponseSpec(bytes, media_type="image/png", description="PNG", generate_examples=False)},
    )
    async def get_picture(self, settings: Settings, number: Number, name: str) -> Response[bytes]:
        """By the names that the release lists."""
        content = await asyncio.to_thread(releases.picture, settings, number, name)
        return Response(content, media_type="image/png")

    @get("/serving", operation_id="models_get_serving", summary="Which release is active, which on trial")
    async def get_serving(self, settings: Settings) -> Serving:
        """Services see a change within five seconds."""
        return await asyncio.to_thread(releases.serving, settings)

    @get("/comparison", operation_id="models_compare", summary="Two releases on the windows that both scored")
    async def compare(
        self,
        settings: Settings,
        first: Number,
        second: Number,
        windows: Annotated[int, Parameter(ge=1, le=100_000, description="the newest so many")] = 20_000,
    ) -> Comparison:
        """One must have been on trial beside the other."""
        await asyncio.to_thread(releases.require, settings, first, second)
        return await compared(settings, first, second, windows)

    @post(
        "/deployments",
        operation_id="models_deploy",
        summary="Activate a release, roll back, begin or end a trial",
        status_code=202,
        guards=[ADMIN],
    )
    async def deploy(
        self,
        data: NewDeployment,
        session: AsyncSession,
        principal: Principal,
        settings: Settings,
        deployments: Deployments,
    ) -> Response[Deployment]:
        """It goes on by itself: follow it at Location. Until its last step nothing of what serves is touched."""
        if data.release is not None:
            await asyncio.to_thread(releases.require, settings, data.release)
        subject = "" if data.release is None else str(data.release)
        await audit.record(session, principal, f"models.{data.action.value}", subject=subject, share=data.share)
        row = await deployments.start(session, principal, data)
        return Response(shown(row), headers={"Location": f"/api/v1/models/deployments/{row.id}"})

    @get("/deployments", operation_id="models_list_deployments", summary="Deployments, the newest first")
    async def list_deployments(
        self, session: AsyncSession, limit: Limit = 50, cursor: str | None = None
    ) -> Page[Deployment]:
        """Those that the API was asked for."""
        return await page_of(session, select(DeploymentRow), DeploymentRow, shown, limit, cursor)

    @get("/deployments/{deployment_id:str}", operation_id="models_get_deployment", summary="How a deployment stands")
    async def get_deployment(self, session: AsyncSession, deployment_id: str) -> Deployment:
        """Whether it is done, and if it failed, why."""
        row = await session.get(DeploymentRow, deployment_id)
        return shown(row) if row is not None else missing("such deployment")
