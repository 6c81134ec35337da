"""The database: its engine, its sessions, its migrations at the start."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from asyncpg import PostgresError
from litestar.datastructures import State
from sqlalchemy import Connection, Dialect, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from diktor.errors import SettingsError, UnavailableError, told
from diktor.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x64696B746F72
"""PostgreSQL's advisory lock under which one process at a time migrates: "diktor" in ASCII."""


class Database:
    """The engine and what makes sessions. Nothing is connected before it is used."""

    def __init__(self, settings: Settings) -> None:
        self.engine = engine_of(settings)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._migrated = False
        self._migrating = asyncio.Lock()

    async def migrate(self) -> None:
        """Apply the migrations that are missing; once, unless the database was away.

        Raises:
            UnavailableError: the database is away.
        """
        async with self._migrating:
            if self._migrated:
                return
            try:
                async with self.engine.begin() as connection:
                    await _lock(connection.dialect.name, connection)
                    await connection.run_sync(_upgrade)
            except (SQLAlchemyError, OSError) as error:
                raise UnavailableError(
                    f"the SQL database cannot be migrated: {told(error)}", "Look at DIKTOR_SQL, and whether it is up"
                ) from error
            self._migrated = True

    async def ping(self) -> None:
        """Raises: UnavailableError, or SQLAlchemy's error: the database is away."""
        await self.migrate()
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Hang up."""
        await self.engine.dispose()


def engine_of(settings: Settings) -> AsyncEngine:
    """An engine for `DIKTOR_SQL`.

    Raises:
        SettingsError: it is no address of a database that is known here.
    """
    try:
        url = make_url(settings.sql_url)
        engine = create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10, pool_timeout=10)
    except (ArgumentError, NoSuchModuleError, SQLAlchemyError) as error:
        raise SettingsError(
            "DIKTOR_SQL is no address of a database",
            "Write sqlite+aiosqlite:////folder/diktor.sqlite or postgresql+asyncpg://user:password@host/database",
        ) from error
    if url.get_backend_name() == "sqlite":
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine.sync_engine, "connect", _as_we_need_it)
    else:
        event.listen(engine.sync_engine, "do_connect", _connected)
    return engine


async def provide_session(state: State) -> AsyncIterator[AsyncSession]:
    """A session of the request: committed when its handler returned, before the answer is sent; else rolled back."""
    database: Database = state.database
    await database.migrate()
    async with database.sessions() as session:
        yield session
        await session.commit()


def _as_we_need_it(connection: Any, _: Any) -> None:
    """SQLite: readers beside a writer, writers that wait for one another, keys that hold."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _connected(dialect: Dialect, _: Any, arguments: Sequence[Any], named: dict[str, Any]) -> DBAPIConnection:
    """Raises: ConnectionError: the server starts, ends, or is full. SQLAlchemy lets asyncpg's own error pass here."""
    try:
        return dialect.connect(*arguments, **named)
    except PostgresError as error:
        raise ConnectionError(f"the database refuses connections: {told(error)}") from error


async def _lock(dialect: str, connection: Any) -> None:
    """No two processes migrate at once."""
    lock = f"SELECT pg_advisory_xact_lock({LOCK})" if dialect == "postgresql" else "BEGIN IMMEDIATE"
    await connection.exec_driver_sql(lock)


def _upgrade(connection: Connection) -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
