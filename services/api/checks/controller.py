"""`POST /checks`: a recording goes in, its verdict comes out, nothing of it is kept."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, HeaderParameter, Parameter

from diktor.wire.checks import Checked
from services.api.access import Principal, Scope, scoped
from services.api.checks.service import Checks, shown
from services.api.checks.uploads import Uploads, room
from services.api.operations.idempotency import once


@dataclass
class RecordingForm:
    """The multipart form: a recording in any codec, mono or stereo."""

    file: UploadFile


class CheckController(Controller):
    """Single checks."""

    path = "/checks"
    tags = ("checks",)

    @post(
        operation_id="checks_create",
        summary="Check a recording",
        guards=[scoped(Scope.check), room],
        status_code=200,
        request_max_body_size=None,  # `room` knows what may come
    )
    async def create(
        self,
        data: Annotated[RecordingForm, Body(media_type=RequestEncodingType.MULTI_PART)],
        principal: Principal,
        state: State,
        release: Annotated[int | None, Parameter(ge=1, description="by this release; else by the active one")] = None,
        idempotency_key: Annotated[
            str | None, HeaderParameter(name="Idempotency-Key", description="the same request is done once")
        ] = None,
    ) -> Checked:
        """Risk, verdict and evidence per channel and defect. Its seconds count to the day's quota: 429 beyond it."""
        uploads: Uploads = state.uploads
        checks: Checks = state.parts.checks()
        with uploads.slot():
            async with uploads.kept(data.file) as upload:

                async def work() -> Checked:
                    return shown(await checks.check(upload, release, principal))

                digest = f"{upload.digest} {release}"
                return await once(state.database, principal, "checks_create", idempotency_key, digest, Checked, work)
