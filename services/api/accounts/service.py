"""Users as the database has them: made, changed, logged in."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.wire.accounts import ChangeUser, NewUser, Role, User
from services.api.accounts.passwords import Passwords, generated
from services.api.accounts.tables import TeamRow, UserRow
from services.api.problems import missing, problem


def normal(login: str) -> str:
    """Logins are told apart without regard to case."""
    return login.strip().casefold()


async def add_user(session: AsyncSession, passwords: Passwords, new: NewUser) -> tuple[UserRow, str | None]:
    """A new user, and the password where one was generated.

    Raises:
        409: the login is taken. 422: a team is not known, or the password holds the login.
    """
    password = new.password or generated()
    check_password(password, new.login)
    row = UserRow(
        login=normal(new.login),
        name=new.name,
        role=new.role.value,
        operator_id=new.operator_id,
        password_hash=await passwords.hashed(password),
        teams=await teams_of(session, new.teams),
        active=True,
        version=0,
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise problem(409, "this login is taken", "Choose another") from error
    return row, None if new.password else password


async def user_of(session: AsyncSession, user_id: str) -> UserRow:
    """Raises: 404."""
    return await session.get(UserRow, user_id) or missing("such user")


async def by_login(session: AsyncSession, login: str) -> UserRow | None:
    """The active user of that login."""
    query = select(UserRow).where(UserRow.login == normal(login), UserRow.active)
    return (await session.scalars(query)).one_or_none()


async def change_user(session: AsyncSession, row: UserRow, change: ChangeUser) -> dict[str, object]:
    """What is named changes; what changed, for the audit log.

    Raises:
        409: nobody would be left to administrate. 422: a team is not known.
    """
    changed: dict[str, object] = {}
    for name in ("name", "role", "operator_id", "active"):
        value = getattr(change, name)
        value = value.value if isinstance(value, Role) else value
        if name in change.__struct_fields__ and _named(value) and value != getattr(row, name):
            setattr(row, name, value)
            changed[name] = True if name in ("name", "operator_id") else value  # who it is does not go to the log
    if _named(change.teams):
        row.teams = await teams_of(session, change.teams)  # type: ignore[arg-type]
        changed["teams"] = [team.id for team in row.teams]
    await session.flush()
    if not await _admins(session):
        raise problem(409, "nobody would be left to administrate", "Make somebody else an administrator first")
    return changed


async def teams_of(session: AsyncSession, ids: Sequence[str]) -> list[TeamRow]:
    """Raises: 422: one of them is not known."""
    rows = list((await session.scalars(select(TeamRow).where(TeamRow.id.in_(ids)))).all())
    if unknown := set(ids) - {row.id for row in rows}:
        raise problem(422, f"no such teams: {', '.join(sorted(unknown))}", "Make them first: POST /api/v1/teams")
    return rows


def check_password(password: str, login: str) -> None:
    """Raises: 422: the password is its login."""
    if normal(login) in password.casefold():
        raise problem(422, "the password holds the login", "Choose another")


def shown(row: UserRow) -> User:
    """A user for the wire."""
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        operator_id=row.operator_id,
        teams=[team.id for team in row.teams],
        active=row.active,
        created_at=row.created_at,
    )


async def _admins(session: AsyncSession) -> int:
    query = select(func.count()).where(UserRow.role == Role.admin.value, UserRow.active)
    return (await session.scalar(query)) or 0


def _named(value: object) -> bool:
    return value is not UNSET
