"""What the dashboard asks of the API on behalf of its visitors."""

from pathlib import Path

import pytest

from diktor.client import ApiError
from diktor.wire.accounts import Role
from services.dashboard.app import dashboard
from services.dashboard.asked import api
from tests.support.api import AWAY, SECRET
from tests.support.served_api import served

ALLOWED = 3


def test_what_one_visitor_asks_is_not_counted_against_another(tmp_path: Path) -> None:
    with served(**AWAY, home=tmp_path, api_secret=SECRET, api_requests_per_minute=ALLOWED) as site:
        token = site.user(Role.supervisor)
        server = dashboard(site.settings).server

        def ask(address: str) -> None:
            with server.test_request_context(
                headers={"Cookie": f"access={token}"}, environ_base={"REMOTE_ADDR": address}
            ):
                api().accounts.get_me()

        for address in ("192.0.2.1", "192.0.2.2"):
            for _ in range(ALLOWED):
                ask(address)
            with pytest.raises(ApiError) as refused:
                ask(address)
            assert refused.value.status == 429
