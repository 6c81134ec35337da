"""Every area of the API as an attribute of the client."""

from collections.abc import Callable
from typing import Any, Generic

from diktor.client.areas.accounts import Accounts
from diktor.client.areas.calls import Calls
from diktor.client.areas.checks import Checks
from diktor.client.areas.models import Models
from diktor.client.areas.operations import Operations
from diktor.client.areas.pipelines import Pipelines
from diktor.client.areas.stats import Stats
from diktor.client.areas.training import Training
from diktor.client.request import M, Request


class Areas(Generic[M]):
    """What both clients have."""

    def __init__(self, send: Callable[[Request[Any]], Any]) -> None:
        self.accounts: Accounts[M] = Accounts(send)
        self.checks: Checks[M] = Checks(send)
        self.calls: Calls[M] = Calls(send)
        self.stats: Stats[M] = Stats(send)
        self.models: Models[M] = Models(send)
        self.pipelines: Pipelines[M] = Pipelines(send)
        self.training: Training[M] = Training(send)
        self.operations: Operations[M] = Operations(send)
