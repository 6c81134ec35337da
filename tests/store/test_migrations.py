"""Migrations only ever add: one that could lose data does not get in."""

import re

import pytest

from diktor.errors import SettingsError
from diktor.settings import Settings
from diktor.store.connection import address
from diktor.store.migrate import migrations

DANGEROUS = re.compile(r"\b(DROP|TRUNCATE|DELETE|DETACH|RENAME|EXCHANGE|MODIFY|UPDATE|REPLACE)\b", re.IGNORECASE)
HARMLESS = re.compile(r"--[^\n]*")


@pytest.mark.parametrize(("name", "sql"), migrations())
def test_a_migration_adds_and_can_be_repeated(name: str, sql: str) -> None:
    bare = HARMLESS.sub("", sql)
    assert not DANGEROUS.search(bare), name
    assert re.search(r"\b(CREATE TABLE|ADD COLUMN|CREATE INDEX)\s+IF NOT EXISTS\b", bare), name


def test_migrations_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_the_address_says_everything_and_the_token_wins() -> None:
    settings = Settings.load(clickhouse="https://me:p%40ss@host:9440/db")
    assert address(settings) == {
        "host": "host", "port": 9440, "secure": True, "username": "me", "password": "p@ss", "database": "db",
    }  # fmt: skip
    assert address(Settings.load(clickhouse="http://h/db", clickhouse_token="t"))["password"] == "t"


def test_what_is_no_address_is_named() -> None:
    with pytest.raises(SettingsError, match="DIKTOR_CLICKHOUSE is no address"):
        address(Settings.load(clickhouse="localhost:8123"))
