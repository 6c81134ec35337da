"""Releases on the wire: what there is, what serves, bringing another one up, holding two against each other."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release in the store. `state`: what it does now. `macro_f1`: of its test calls, if it was measured."""

    number: int
    name: str
    state: Literal["active", "shadow", "standing by", "before", ""]
    created_at: str
    code_revision: str
    corpus_digest: str
    members: list[str]
    length_ms: int
    hop_ms: int
    macro_f1: float | None


class ReleaseDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its model card (Markdown), all its figures, and the names of its pictures (PNG)."""

    release: Release
    defects: list[str]
    classes: list[str]
    metrics: dict[str, Any]
    card: str
    pictures: list[str]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A release that scores `share` (0 to 1) of the calls too, while no verdict hears of it."""

    release: int
    share: float


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What serves; `active` 0: nothing was ever activated. `history`: what was active before, the latest last."""

    active: int
    shadow: Trial | None
    standby: list[int]
    history: list[int]
    moved_at: datetime


class Action(StrEnum):
    """What a deployment is to do. Each loads the release first, if need be, and checks it on its golden windows."""

    activate = "activate"
    roll_back = "roll_back"
    shadow = "shadow"
    load = "load"
    unload = "unload"


class NewDeployment(msgspec.Struct, frozen=True, kw_only=True):
    """`release`: not with `roll_back`, which goes to what was active before. `share`: with `shadow` only."""

    action: Action
    release: Number | None = None
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment. `lost`: the service that did it ended before it did; `serving` says what came of it.

    `problem` says why it failed. Whatever fails, the release that was active goes on serving. `seconds`: by step.
    """

    id: str
    action: Action
    release: int | None
    share: float | None
    state: Literal["running", "done", "failed", "lost"]
    by: str
    started_at: datetime
    ended_at: datetime | None = None
    problem: str = ""
    seconds: dict[str, float] = {}


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One defect in two releases. `agreement`: share of windows on the same side of the threshold. `difference`: second
    − first, mean; `low`, `median`, `high`: its quantiles at 5, 50 and 95 %. `ks`: the largest distance of the two
    distributions (Kolmogorov and Smirnov). `psi`: population stability index over the first release's deciles; above
    0.2 it is said to have moved.
    """

    defect: str
    agreement: float
    first: float
    second: float
    difference: float
    low: float
    median: float
    high: float
    ks: float
    psi: float


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """One window alone through Triton, client included, in milliseconds."""

    release: int
    p50_ms: float
    p95_ms: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two releases on the `windows` of `calls` that both scored. `macro_f1` as each says of itself; `latency` of those
    that are loaded now."""

    releases: tuple[int, int]
    windows: int
    calls: int
    macro_f1: tuple[float | None, float | None]
    drifts: list[Drift]
    latency: list[Latency]
