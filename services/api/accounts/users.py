"""Users and teams, for administrators."""

from typing import Annotated

from litestar import Controller, get, patch, post
from litestar.datastructures import State
from litestar.params import Parameter
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.wire import Page
from diktor.wire.accounts import (
    ChangeTeam,
    ChangeUser,
    MadeUser,
    NewTeam,
    NewUser,
    ResetPassword,
    Role,
    Team,
    User,
)
from services.api.access import Principal, at_least
from services.api.accounts.passwords import Passwords, generated
from services.api.accounts.service import add_user, change_user, check_password, shown, user_of
from services.api.accounts.sessions import Sessions
from services.api.accounts.tables import TeamRow, UserRow
from services.api.operations import audit
from services.api.problems import missing, problem
from services.api.sql import page_of

Limit = Annotated[int, Parameter(ge=1, le=500)]


class UserController(Controller):
    """Users. They are never deleted, so that the audit log names somebody: they are deactivated."""

    path = "/users"
    tags = ("accounts",)
    guards = (at_least(Role.admin),)

    @get(operation_id="accounts_list_users", summary="Users, newest first")
    async def list_users(
        self,
        session: AsyncSession,
        role: Role | None = None,
        team: str | None = None,
        active: bool | None = None,
        search: str | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> Page[User]:
        """Filters add up; `search` is a part of a login, a name or an operator's id."""
        query = select(UserRow)
        if role is not None:
            query = query.where(UserRow.role == role.value)
        if team is not None:
            query = query.where(UserRow.teams.any(TeamRow.id == team))
        if active is not None:
            query = query.where(UserRow.active == active)
        if search:
            places = (UserRow.login, UserRow.name, UserRow.operator_id)
            matches = [place.icontains(search, autoescape=True) for place in places]
            query = query.where(matches[0] | matches[1] | matches[2])
        return await page_of(session, query, UserRow, shown, limit, cursor)

    @post(operation_id="accounts_create_user", summary="Make a user")
    async def create_user(self, data: NewUser, principal: Principal, session: AsyncSession, state: State) -> MadeUser:
        """Without a password one is generated, and shown in this answer only."""
        row, password = await add_user(session, state.passwords, data)
        await audit.record(session, principal, "accounts.create_user", subject=row.id, role=row.role)
        return MadeUser(user=shown(row), password=password)

    @get("/{user_id:str}", operation_id="accounts_get_user", summary="One user")
    async def get_user(self, user_id: str, session: AsyncSession) -> User:
        """One user."""
        return shown(await user_of(session, user_id))

    @patch("/{user_id:str}", operation_id="accounts_change_user", summary="Change or deactivate a user")
    async def change_user(
        self, user_id: str, data: ChangeUser, principal: Principal, session: AsyncSession, state: State
    ) -> User:
        """Roles and teams count at once, in sessions too; a user who is deactivated is out at once."""
        row = await user_of(session, user_id)
        changed = await change_user(session, row, data)
        if not row.active:
            sessions: Sessions = state.sessions
            await sessions.end_all(session, row)
        await audit.record(session, principal, "accounts.change_user", subject=row.id, **changed)
        return shown(row)

    @post(
        "/{user_id:str}/password",
        operation_id="accounts_reset_password",
        summary="Give a new password",
        status_code=200,
    )
    async def reset_password(
        self, user_id: str, data: ResetPassword, principal: Principal, session: AsyncSession, state: State
    ) -> MadeUser:
        """All sessions of the user end. Without a password one is generated, and shown in this answer only."""
        row = await user_of(session, user_id)
        password = data.password or generated()
        check_password(password, row.login)
        passwords: Passwords = state.passwords
        row.password_hash = await passwords.hashed(password)
        sessions: Sessions = state.sessions
        await sessions.end_all(session, row)
        await audit.record(session, principal, "accounts.reset_password", subject=row.id)
        return MadeUser(user=shown(row), password=None if data.password else password)


class TeamController(Controller):
    """Teams. A team's id is the `team_id` of the events of its calls."""

    path = "/teams"
    tags = ("accounts",)
    guards = (at_least(Role.admin),)

    @get(operation_id="accounts_list_teams", summary="Teams, by id")
    async def list_teams(
        self, session: AsyncSession, active: bool | None = None, limit: Limit = 50, cursor: str | None = None
    ) -> Page[Team]:
        """By ascending id."""
        query = select(TeamRow)
        if active is not None:
            query = query.where(TeamRow.active == active)
        return await page_of(session, query, TeamRow, _team, limit, cursor, ascending=True)

    @post(operation_id="accounts_create_team", summary="Make a team")
    async def create_team(self, data: NewTeam, principal: Principal, session: AsyncSession) -> Team:
        """Calls of this team may be there already: supervisors of it see them from now on."""
        row = TeamRow(id=data.id, title=data.title, active=True)
        session.add(row)
        try:
            await session.flush()
        except IntegrityError as error:
            raise problem(409, "there is a team of this id", "Change that one, or choose another id") from error
        await audit.record(session, principal, "accounts.create_team", subject=row.id)
        return _team(row)

    @patch("/{team_id:str}", operation_id="accounts_change_team", summary="Change or deactivate a team")
    async def change_team(self, team_id: str, data: ChangeTeam, principal: Principal, session: AsyncSession) -> Team:
        """Nobody sees the calls of a team by a team that is not active."""
        row = await session.get(TeamRow, team_id) or missing("such team")
        changed = {}
        if isinstance(data.title, str):
            row.title, changed["title"] = data.title, True
        if isinstance(data.active, bool):
            row.active = changed["active"] = data.active
        await audit.record(session, principal, "accounts.change_team", subject=row.id, **changed)
        return _team(row)


def _team(row: TeamRow) -> Team:
    return Team(id=row.id, title=row.title, active=row.active, created_at=row.created_at)
