"""The first user of a system comes from beside it: whoever reaches the database may make an administrator."""

import msgspec
from litestar.exceptions import HTTPException

from diktor.errors import DiktorError
from diktor.settings import Settings
from diktor.wire.accounts import NewUser
from services.api.accounts.passwords import Passwords
from services.api.accounts.service import add_user
from services.api.operations import audit
from services.api.sql import Database


async def make_user(settings: Settings, new: NewUser) -> str | None:
    """A user, without anybody being signed in; the password where one was generated.

    Raises:
        DiktorError: the login is taken, or login or password are not such as the API would take.
        UnavailableError: the database is away.
    """
    try:
        msgspec.convert(msgspec.to_builtins(new), NewUser)  # constraints are checked where bytes are read, and here
    except msgspec.ValidationError as error:
        raise DiktorError(f"this user cannot be made: {error}", "12 to 200 characters make a password") from error
    database = Database(settings)
    try:
        await database.migrate()
        async with database.sessions() as session:
            row, password = await add_user(session, Passwords(), new)
            await audit.record(session, None, "accounts.create_user", subject=row.id, role=row.role)
            await session.commit()
    except HTTPException as error:
        remedy = error.extra.get("remedy", "") if isinstance(error.extra, dict) else ""
        raise DiktorError(error.detail, remedy) from error
    finally:
        await database.close()
    return password
