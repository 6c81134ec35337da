"""A recording is checked on behalf of somebody: quota, decoding, verdict, and the answer's form."""

from diktor.checking.check import Check
from diktor.checking.checker import Checker
from diktor.errors import QueryError
from diktor.releases import Release
from diktor.rows import ChannelVerdict, DefectVerdict
from diktor.wire.checks import ChannelChecked, Checked, DefectFound, Evidence, Timings
from services.api.access import Principal
from services.api.checks.uploads import Upload
from services.api.operations.quota import Quota


class Checks:
    """Single checks of this process."""

    def __init__(self, checker: Checker, quota: Quota) -> None:
        self._checker, self._quota = checker, quota

    async def check(self, upload: Upload, release: int | None, principal: Principal | None) -> Check:
        """The verdict by a release, or the active one; its seconds count to the principal's quota if it succeeds.

        Raises:
            AudioError: it is no audio, or beyond the limits.
            ReleaseError: there is no such release, or it is not loaded.
            UnavailableError: Triton is away.
            HTTPException: 429: the quota is used up.
        """
        found: Release = await self._checker.release(release)  # first: nothing is decoded in vain
        async with self._checker.decoded(upload.path, upload.folder) as (samples, decode_s):
            if principal is None:
                return await self._checker.check(samples, found, decode_s)
            seconds = samples.facts.duration_ms / 1000
            await self._quota.take(principal, seconds)
            try:
                return await self._checker.check(samples, found, decode_s)
            except BaseException:
                await self._quota.give_back(principal, seconds)
                raise


def shown(check: Check) -> Checked:
    """As it is answered."""
    return Checked(
        release=check.release,
        codec=check.codec,
        channels=[_channel(verdict) for verdict in check.channels],
        timings=Timings(decode_s=round(check.decode_s, 3), score_s=round(check.score_s, 3)),
    )


def release_named(name: str | None) -> int | None:
    """The release's number in `3` or `speech_defects_3`; None: the active one.

    Raises:
        QueryError: it is neither.
    """
    if not name:
        return None
    number = name.removeprefix("speech_defects_")
    if not (number.isascii() and number.isdigit() and 0 < len(number) < 10):
        raise QueryError("model_name names no release", "Send its number, or leave it out")
    return int(number)


def _channel(verdict: ChannelVerdict) -> ChannelChecked:
    return ChannelChecked(
        channel=verdict.channel,
        duration_s=verdict.duration_ms / 1000,
        speech_s=verdict.talk_ms / 1000,
        windows=verdict.windows,
        defects=[_defect(defect) for defect in verdict.defects],
    )


def _defect(defect: DefectVerdict) -> DefectFound:
    return DefectFound(
        defect=defect.defect,
        verdict=defect.verdict,
        risk=defect.risk,
        markers=defect.markers,
        evidence=[
            Evidence(start_s=span.start_ms / 1000, end_s=span.end_ms / 1000, score=span.score)
            for span in defect.evidence
        ],
    )
