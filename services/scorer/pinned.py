"""Which releases a call is scored by: on trial from its beginning, or long after it was judged."""

import logging

from diktor.errors import ContractError, DiktorError, told
from diktor.releases import Release
from services.scorer.parts import Parts
from services.scorer.retry import until_available
from services.scorer.shadow import ShadowCall

log = logging.getLogger(__name__)


async def shadow_of(call_id: str, parts: Parts) -> ShadowCall | None:
    """The call for the release on trial, if it shall hear it; what is wrong with that one is no call's concern."""
    try:
        release = await parts.releases.on_trial(call_id)
    except DiktorError as error:
        log.warning("the release on trial is not known: %s", told(error))
        return None
    return None if release is None else ShadowCall(call_id, release, parts.trial)


async def still_served(number: int, parts: Parts) -> Release:
    """The release that judged a call, to score a window that was put back.

    Raises:
        ContractError: it is gone, or not loaded any more: waiting for it would hold up every call of the partition.
    """
    release = await until_available("reading the pinned release", lambda: parts.releases.kept(number))
    if release is None:
        raise ContractError(f"release {number}, which scored the call, was removed", "Submit the recording again")
    if not await until_available("asking for a release", lambda: parts.scorer.serves(release)):
        raise ContractError(
            f"release {number}, which scored the call, is not loaded any more",
            f"diktor release deploy {number} --no-activate, then replay it",
        )
    return release
