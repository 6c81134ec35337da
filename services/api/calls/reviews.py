"""What people say of windows, and which window is next: the labels of the next rebuild."""

from typing import Annotated

from clickhouse_connect.driver.asyncclient import AsyncClient
from litestar import Controller, delete, get, put
from litestar.di import Provide
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import QueryError
from diktor.labels import complaint, problem
from diktor.rows import LabelRow
from diktor.scoring.verdict import POSSIBLE
from diktor.settings import Settings
from diktor.stamp import NEVER
from diktor.store.browse import Browse
from diktor.store.filters import CallFilter
from diktor.store.labels import Labels
from diktor.store.reviews import Heard, Waiting, heard, most_suspicious, waiting
from diktor.wire import Page
from diktor.wire.calls import Call, Evidence, Label, ReviewForm, ReviewItem
from services.api.access import Principal, Role, at_least
from services.api.calls import shown
from services.api.calls.controller import provide_browse
from services.api.calls.query import call_filter
from services.api.calls.seen import sight_of
from services.api.operations import audit
from services.api.problems import missing

Start = Annotated[int, Parameter(ge=0, lt=1 << 32)]


async def provide_labels(clickhouse: AsyncClient, settings: Settings) -> Labels:
    """The table of labels."""
    return Labels(clickhouse, settings)


DEPENDENCIES = {
    "browse": Provide(provide_browse),
    "labels": Provide(provide_labels),
    "wanted": Provide(call_filter),
}


class ReviewController(Controller):
    """Reviewing, for supervisors of the call's team."""

    path = "/calls"
    tags = ("calls",)
    guards = (at_least(Role.supervisor),)
    dependencies = DEPENDENCIES

    @get("/reviews", operation_id="calls_list_reviews", summary="Windows that nobody judged, the riskiest first")
    async def list_reviews(
        self,
        wanted: CallFilter,
        browse: Browse,
        clickhouse: AsyncClient,
        settings: Settings,
        limit: Annotated[int, Parameter(ge=1, le=50)] = 10,
    ) -> Page[ReviewItem]:
        """One window per call, channel and defect of at least `possible` risk (35, or `minimum_risk`) without a label:
        that with the strongest evidence. What is judged leaves the list."""
        least = wanted.minimum_risk if wanted.minimum_risk is not None else POSSIBLE
        items = await waiting(clickhouse, settings, wanted, least, limit)
        ids = sorted({item.call_id for item in items})
        rows = {row.call_id: row for row in await browse.known(ids)}
        windows = await heard(clickhouse, settings, ids) if ids else []
        found = []
        for item in items:
            row = rows.get(item.call_id)
            if row is None:
                continue
            place = shown.defects_of(row).index(item.defect)
            if window := most_suspicious(windows, item, place):
                found.append(_item(shown.call(row), item, window, place))
        return Page(items=found)

    @put(
        "/{call_id:str}/labels/{channel:str}/{start_ms:int}/{defect:str}",
        operation_id="calls_put_label",
        summary="Say what is heard in a window",
    )
    async def put_label(
        self,
        call_id: str,
        channel: str,
        start_ms: Start,
        defect: str,
        data: ReviewForm,
        browse: Browse,
        labels: Labels,
        principal: Principal,
        session: AsyncSession,
    ) -> Label:
        """Replaces what was said of the same defect in the same window. It counts in the next rebuild."""
        call = await browse.seen(call_id, sight_of(principal)) or missing("such call")
        row = LabelRow(call_id, channel, start_ms, defect, data.label, principal.name, data.comment, NEVER)
        if wrong := complaint(row) or problem(row, await labels.windows([call_id]), shown.defects_of(call)):
            raise QueryError(wrong, "Take channel, start_ms and defect from the call's windows")
        await labels.put([row])
        where = {"channel": channel, "start_ms": start_ms, "defect": defect}
        await audit.record(session, principal, "calls.review", subject=call_id, label=data.label, **where)
        stored = await labels.of([call_id])
        return next(
            shown.label(one) for one in stored if (one.channel, one.start_ms, one.defect) == (channel, start_ms, defect)
        )

    @delete(
        "/{call_id:str}/labels/{channel:str}/{start_ms:int}/{defect:str}",
        operation_id="calls_delete_label",
        summary="Take a label back",
    )
    async def delete_label(
        self,
        call_id: str,
        channel: str,
        start_ms: Start,
        defect: str,
        browse: Browse,
        labels: Labels,
        principal: Principal,
        session: AsyncSession,
    ) -> None:
        """The window waits for a review again. Nothing happens where there is no label."""
        await browse.seen(call_id, sight_of(principal)) or missing("such call")
        await labels.remove(call_id, channel, start_ms, defect)
        where = {"channel": channel, "start_ms": start_ms, "defect": defect}
        await audit.record(session, principal, "calls.review", subject=call_id, label="taken back", **where)


def _item(call: Call, item: Waiting, window: Heard, place: int) -> ReviewItem:
    spans = [
        Evidence(channel=item.channel, defect=item.defect, start_ms=start, end_ms=end, score=score)
        for start, end, score in window.evidence[place]
    ]
    return ReviewItem(
        call=call,
        channel=item.channel,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        defect=item.defect,
        probability=window.probability[place],
        evidence=spans,
    )
