"""The API does what its description says, whoever asks and however senselessly."""

from collections.abc import Iterator

import pytest

from diktor.wire.accounts import Role, Scope
from tests.support.api import AWAY, INGEST_TOKEN, SECRET
from tests.support.clickhouse import TOKEN, clickhouse
from tests.support.fuzzing import faults
from tests.support.served_api import Served, served

STREAMS = ("calls_follow",)
"""They never end."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("api")
    settings = {**AWAY, "home": home, "api_secret": SECRET, "ingest_token": INGEST_TOKEN}
    settings |= {"api_requests_per_minute": 100_000, "api_log_ins_per_minute": 100_000}
    with clickhouse(home) as store:
        settings |= {"clickhouse": store.settings().clickhouse, "clickhouse_token": TOKEN}
        with served(**settings) as running:
            yield running


def test_no_answer_is_undocumented_and_none_is_a_crash(api: Served) -> None:
    tokens = {role.value: api.user(role, teams=("north",), operator_id="17") for role in Role}
    tokens |= {"program": api.service(*Scope)}
    often = {"admin": (2, 1)}
    found = [
        f"{who}: {fault}"
        for who, token in tokens.items()
        for fault in faults(api.url, token, *often.get(who, (1, 0)), away=True, left_out=STREAMS)
    ]
    assert not found, "\n".join(found)
