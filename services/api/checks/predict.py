"""`POST /api/predict`, as the system before this one had it: for programs that have it in their code.

It asks for no authorization. So it is there only where DIKTOR_API_LEGACY_PREDICT says so, and each address may ask a
few times a minute. What the probabilities mean stands in `diktor.checking.four`.
"""

from typing import Annotated

import numpy as np
from litestar import post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.types import ControllerRouterHandler

from diktor.checking.four import probabilities
from diktor.settings import Settings
from diktor.wire.checks import Predicted
from services.api.access.guards import PUBLIC
from services.api.access.limits import limit
from services.api.checks.controller import RecordingForm
from services.api.checks.service import Checks, release_named
from services.api.checks.uploads import Uploads, room


def legacy(settings: Settings) -> list[ControllerRouterHandler]:
    """The handler, where the settings want it."""
    if not settings.api_legacy_predict:
        return []

    @post(
        "/api/predict",
        operation_id="checks_predict",
        summary="One class of four, without authorization",
        tags=["checks"],
        opt=PUBLIC,
        guards=[room],
        middleware=[limit("predict", settings.api_predicts_per_minute)],
        status_code=200,
        request_max_body_size=None,
    )
    async def predict(
        data: Annotated[RecordingForm, Body(media_type=RequestEncodingType.MULTI_PART)],
        state: State,
        model_name: Annotated[str | None, Parameter(description="a release: its number; else the active one")] = None,
    ) -> Predicted:
        """0 none, 1 rhotacism, 2 fricative г, 3 stuttering; `predict_proba` in that order. 422 where too little is said
        to judge by: no probabilities are made up."""
        uploads: Uploads = state.uploads
        checks: Checks = state.parts.checks()
        release = release_named(model_name)
        with uploads.slot():
            async with uploads.kept(data.file) as upload:
                found = probabilities((await checks.check(upload, release, None)).channels)
        return Predicted(predict=int(np.argmax(found)), predict_proba=found)

    return [predict]
