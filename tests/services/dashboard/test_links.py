"""Addresses hold whatever somebody is called."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from services.dashboard.links import to_call, to_calls, to_operator, to_team

AWKWARD = "Иван #1 ?x=1&y"


@pytest.mark.parametrize("link", [to_call, to_operator, to_team])
def test_an_id_is_one_part_of_a_path(link: object) -> None:
    parts = urlsplit(link(AWKWARD))  # type: ignore[operator]
    assert (parts.query, parts.fragment) == ("", "")
    assert unquote(parts.path).split("/", 2)[2] == AWKWARD


def test_filters_come_back_as_they_were() -> None:
    since = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    query = parse_qs(urlsplit(to_calls(operator=AWKWARD, team=None, since=since)).query)
    assert query == {"operator": [AWKWARD], "since": ["2026-01-02T03:04:05+00:00"]}
