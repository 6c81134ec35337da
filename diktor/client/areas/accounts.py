"""Logging in, one's own account."""

from diktor.client.request import Area, M, Request, operation
from diktor.wire.accounts import ChangePassword, LogIn, Tokens, User

HERE = "/api/v1/accounts"


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
