"""Logging in, one's own account; users, teams and service tokens for administrators."""

from collections.abc import Sequence
from datetime import datetime

from diktor.client.request import Area, M, Request, operation, path
from diktor.wire import Page
from diktor.wire.accounts import (
    ChangePassword,
    ChangeTeam,
    ChangeUser,
    LogIn,
    MadeToken,
    MadeUser,
    NewTeam,
    NewToken,
    NewUser,
    ResetPassword,
    Role,
    Scope,
    ServiceToken,
    Team,
    Tokens,
    User,
)

HERE = "/api/v1/accounts"
USERS, TEAMS, TOKENS = "/api/v1/users", "/api/v1/teams", "/api/v1/tokens"


class Accounts(Area[M]):
    """One's own account."""

    @operation
    def log_in(self, login: str, password: str) -> Request[Tokens]:
        """Tokens; `client.log_in` goes on with them."""
        return Request(method="POST", path=f"{HERE}/log-in", kind=Tokens, body=LogIn(login=login, password=password))

    @operation
    def log_out(self) -> Request[None]:
        """End this session."""
        return Request(method="POST", path=f"{HERE}/log-out", kind=type(None))

    @operation
    def log_out_everywhere(self) -> Request[None]:
        """End all of one's sessions."""
        return Request(method="POST", path=f"{HERE}/log-out-everywhere", kind=type(None))

    @operation
    def get_me(self) -> Request[User]:
        """Who am I."""
        return Request(method="GET", path=f"{HERE}/me", kind=User)

    @operation
    def change_password(self, current: str, new: str) -> Request[Tokens]:
        """All sessions end; the answer begins a new one: `client.session.take` it."""
        body = ChangePassword(current=current, new=new)
        return Request(method="POST", path=f"{HERE}/password", kind=Tokens, body=body)

    @operation
    def list_users(
        self,
        role: Role | None = None,
        team: str | None = None,
        active: bool | None = None,
        search: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Request[Page[User]]:
        """Users, newest first."""
        query = {"role": role, "team": team, "active": active, "search": search, "limit": limit, "cursor": cursor}
        return Request(method="GET", path=USERS, kind=Page[User], query=query)

    @operation
    def get_user(self, user: str) -> Request[User]:
        """One user, by id."""
        return Request(method="GET", path=path(USERS + "/{}", user), kind=User)

    @operation
    def create_user(
        self,
        login: str,
        role: Role,
        *,
        name: str = "",
        operator_id: str | None = None,
        teams: Sequence[str] = (),
        password: str | None = None,
    ) -> Request[MadeUser]:
        """Make a user; without a password one is generated and shown this once."""
        body = NewUser(login=login, role=role, name=name, operator_id=operator_id, teams=list(teams), password=password)
        return Request(method="POST", path=USERS, kind=MadeUser, body=body)

    @operation
    def change_user(self, user: str, change: ChangeUser) -> Request[User]:
        """Change or deactivate a user; what `change` does not name stays."""
        return Request(method="PATCH", path=path(USERS + "/{}", user), kind=User, body=change)

    @operation
    def reset_password(self, user: str, password: str | None = None) -> Request[MadeUser]:
        """A new password; without one it is generated and shown this once."""
        body = ResetPassword(password=password)
        return Request(method="POST", path=path(USERS + "/{}/password", user), kind=MadeUser, body=body)

    @operation
    def list_teams(self, active: bool | None = None, limit: int = 50, cursor: str | None = None) -> Request[Page[Team]]:
        """Teams, by id."""
        query = {"active": active, "limit": limit, "cursor": cursor}
        return Request(method="GET", path=TEAMS, kind=Page[Team], query=query)

    @operation
    def create_team(self, team: str, title: str = "") -> Request[Team]:
        """Make a team; its id is that of the events of calls."""
        return Request(method="POST", path=TEAMS, kind=Team, body=NewTeam(id=team, title=title))

    @operation
    def change_team(self, team: str, change: ChangeTeam) -> Request[Team]:
        """Change or deactivate a team; what `change` does not name stays."""
        return Request(method="PATCH", path=path(TEAMS + "/{}", team), kind=Team, body=change)

    @operation
    def list_tokens(
        self, active: bool | None = None, limit: int = 50, cursor: str | None = None
    ) -> Request[Page[ServiceToken]]:
        """Service tokens, newest first."""
        query = {"active": active, "limit": limit, "cursor": cursor}
        return Request(method="GET", path=TOKENS, kind=Page[ServiceToken], query=query)

    @operation
    def create_token(
        self, name: str, scopes: Sequence[Scope], expires_at: datetime | None = None
    ) -> Request[MadeToken]:
        """Make a service token; its secret is shown this once."""
        body = NewToken(name=name, scopes=list(scopes), expires_at=expires_at)
        return Request(method="POST", path=TOKENS, kind=MadeToken, body=body)

    @operation
    def revoke_token(self, token: str) -> Request[None]:
        """Make a service token void at once."""
        return Request(method="DELETE", path=path(TOKENS + "/{}", token), kind=type(None))
