"""Every controller of the API, a line each."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from diktor.settings import Settings
from services.api.access import signed_in
from services.api.accounts.controller import AccountController
from services.api.accounts.service_tokens import TokenController
from services.api.accounts.users import TeamController, UserController
from services.api.calls.batches import BatchController
from services.api.calls.controller import CallController
from services.api.calls.erasures import EraseCallController, ErasureController
from services.api.calls.events import EventController
from services.api.calls.reviews import ReviewController
from services.api.checks.controller import CheckController
from services.api.checks.predict import legacy
from services.api.models.controller import ModelController
from services.api.operations.controller import AuditController, retention
from services.api.operations.health import live, metrics, ready
from services.api.pipelines.controller import PipelineController
from services.api.stats.controller import StatsController
from services.api.training.controller import TrainingController

CONTROLLERS: list[ControllerRouterHandler] = [
    AccountController,
    UserController,
    TeamController,
    TokenController,
    AuditController,
    retention,
    CheckController,
    ModelController,
    PipelineController,
    CallController,
    BatchController,
    ReviewController,
    EraseCallController,
    ErasureController,
    EventController,
    StatsController,
    TrainingController,
]


def routes(settings: Settings) -> list[ControllerRouterHandler]:
    """What the application serves: all under `/api/v1` is for whoever signed in, unless its opt says `public`."""
    return [Router("/api/v1", route_handlers=CONTROLLERS, guards=[signed_in]), live, ready, metrics, *legacy(settings)]
