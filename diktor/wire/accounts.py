"""Accounts on the wire: logging in, users, teams, service tokens."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec


class Role(StrEnum):
    """What a user is. An operator sees their own calls and training, a supervisor their teams', an admin all."""

    operator = "operator"
    supervisor = "supervisor"
    admin = "admin"

    @property
    def rank(self) -> int:
        """Higher may more."""
        return list(Role).index(self)


class Scope(StrEnum):
    """What a service token is for: sending calls in, single checks, reading calls and statistics."""

    ingest = "ingest"
    check = "check"
    read = "read"


Login = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
NewLogin = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f]+$")]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
NewPassword = Annotated[str, msgspec.Meta(min_length=12, max_length=200)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
"""An operator's or a team's id, as in the events of calls."""
Title = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class LogIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants in."""

    login: Login
    password: Password


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """The refresh token; None: it is in the cookie."""

    refresh_token: str | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """A session's tokens, which are in cookies too. With cookies `csrf_token` is sent as the header X-CSRF-Token."""

    access_token: str
    refresh_token: str
    csrf_token: str
    expires_in: int
    token_type: str = "Bearer"


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True):
    """The password of now, and the one to come."""

    current: Password
    new: NewPassword


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user. `teams` are those whose calls a supervisor sees; `operator_id` is that of the events of calls."""

    id: str
    login: str
    name: str
    role: Role
    operator_id: str | None
    teams: list[str]
    active: bool
    created_at: datetime


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to be made; without a password one is generated and shown once."""

    login: NewLogin
    role: Role
    name: Title = ""
    operator_id: Key | None = None
    teams: list[Key] = []
    password: NewPassword | None = None


class ChangeUser(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; what is not named stays."""

    name: Title | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    operator_id: Key | msgspec.UnsetType | None = msgspec.UNSET
    teams: list[Key] | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class MadeUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user, and the password that was generated: shown this once."""

    user: User
    password: str | None = None


class ResetPassword(msgspec.Struct, frozen=True, kw_only=True):
    """A new password; None: one is generated and shown once."""

    password: NewPassword | None = None


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A team: its id is that of the events of calls."""

    id: str
    title: str
    active: bool
    created_at: datetime


class NewTeam(msgspec.Struct, frozen=True, kw_only=True):
    """A team to be made."""

    id: Key
    title: Title = ""


class ChangeTeam(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; what is not named stays."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class ServiceToken(msgspec.Struct, frozen=True, kw_only=True):
    """A service token, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A service token to be made."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1)]
    expires_at: datetime | None = None


class MadeToken(msgspec.Struct, frozen=True, kw_only=True):
    """A service token and its secret: shown this once."""

    token: ServiceToken
    secret: str


class Introspect(msgspec.Struct, frozen=True, kw_only=True):
    """A token that somebody showed to another service."""

    token: Annotated[str, msgspec.Meta(max_length=500)]


class Introspection(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the token is valid now, and for what (after RFC 7662)."""

    active: bool
    scopes: list[Scope] = []
