"""Numbered migrations: applied in order at start, once each, by whoever comes first.

Every statement is additive and says IF NOT EXISTS, so that two that run at once do no harm.
"""

from importlib.resources import files

from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.settings import Settings
from diktor.store.connection import address, connect, translated


def migrations() -> list[tuple[str, str]]:
    """(name, SQL with placeholders) in order."""
    folder = files("diktor.store") / "migrations"
    found = sorted(path.name for path in folder.iterdir() if path.name.endswith(".sql"))
    return [(name.removesuffix(".sql"), (folder / name).read_text()) for name in found]


async def migrate(settings: Settings) -> list[str]:
    """Create the database and what is missing in it; the names of the migrations applied now.

    Raises:
        UnavailableError: ClickHouse is away.
        StoreError: it refuses a statement.
    """
    database = address(settings)["database"]
    client = await connect(settings, "default")
    try:
        with translated(settings):
            await client.command(f"CREATE DATABASE IF NOT EXISTS `{database}` {_on_cluster(settings)}")
    finally:
        await client.close()
    client = await connect(settings)
    try:
        with translated(settings):
            return await _apply(client, settings)
    finally:
        await client.close()


async def _apply(client: AsyncClient, settings: Settings) -> list[str]:
    ledger = "CREATE TABLE IF NOT EXISTS migrations {on_cluster} (name String, at DateTime64(6, 'UTC')) "
    await client.command((ledger + "ENGINE = {engine_at} ORDER BY name").format(**_placeholders(settings)))
    result = await client.query("SELECT DISTINCT name FROM migrations")
    known = {row[0] for row in result.result_rows}
    applied = []
    for name, statement in migrations():
        if name not in known:
            await client.command(statement.format(**_placeholders(settings)))
            await client.command(
                "INSERT INTO migrations (name, at) SELECT {name:String}, now64(6)", parameters={"name": name}
            )
            applied.append(name)
    return applied


def _placeholders(settings: Settings) -> dict[str, str]:
    engines = {f"engine_{c}": settings.clickhouse_engine.format(version=c) for c in ("version", "scored_at", "at")}
    return {"on_cluster": _on_cluster(settings), "retention_days": str(settings.retention_days), **engines}


def _on_cluster(settings: Settings) -> str:
    return f"ON CLUSTER `{settings.clickhouse_cluster}`" if settings.clickhouse_cluster else ""
