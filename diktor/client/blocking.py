"""The client that blocks."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

import httpx

from diktor.client.areas import Areas
from diktor.client.errors import of_response
from diktor.client.files import target
from diktor.client.request import Blocking, Request
from diktor.client.session import REFRESH, Renew, Send, Session, without_cookies
from diktor.errors import UnavailableError
from diktor.wire import Page

P = ParamSpec("P")
T = TypeVar("T")


class Client(Areas[Blocking]):
    """The API at `url`, as whoever `session` is. Use it as a context manager; threads may share it.

    Methods raise `ApiError` for what the API refuses and `UnavailableError` while it does not answer.
    """

    def __init__(self, url: str, session: Session | None = None, http: httpx.Client | None = None) -> None:
        super().__init__(self._send)
        self.session = session or Session()
        self._http = http or httpx.Client(base_url=url, timeout=httpx.Timeout(120.0, connect=5.0))
        without_cookies(self._http.cookies)
        self._renewing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def log_in(self, login: str, password: str) -> None:
        """Go on as this user."""
        self.session.take(self.accounts.log_in(login, password))

    def each(self, method: Callable[P, Page[T]], *arguments: P.args, **named: P.kwargs) -> Iterator[T]:
        """Every item of a list, page after page: `client.each(client.calls.list, team="north")`."""
        more = cast(Callable[..., Page[T]], method)
        page = method(*arguments, **named)
        yield from page.items
        while page.next is not None:
            page = more(*arguments, **{**named, "cursor": page.next})
            yield from page.items

    def _send(self, request: Request[T]) -> T:
        response: httpx.Response | None = None
        flow = self.session.exchange()
        step = next(flow)
        while True:
            if isinstance(step, Send):
                response = self._once(request, step.token)
            elif isinstance(step, Renew):
                self._renew(step.refused)
            else:
                time.sleep(step.seconds)
            try:
                step = flow.send(response)
            except StopIteration:
                break
        assert response is not None
        if not response.is_success:
            raise of_response(response)
        return request.answer(response)

    def _once(self, request: Request[Any], token: str) -> httpx.Response:
        with ExitStack() as opened:
            built = request.built(self._http, opened)
            if token:
                built.headers["Authorization"] = f"Bearer {token}"
            try:
                response = self._http.send(built, stream=True)
                opened.callback(response.close)
                if request.into is None or not response.is_success:
                    response.read()
                else:
                    file = opened.enter_context(target(request.into))
                    for block in response.iter_bytes():
                        file.write(block)
            except httpx.HTTPError as error:
                raise away(self._http.base_url, error) from error
        return response

    def _renew(self, refused: str) -> None:
        with self._renewing:
            if self.session.access != refused:
                return
            try:
                headers = {"Content-Type": "application/json"}
                answer = self._http.post(REFRESH, content=self.session.renewal(), headers=headers)
            except httpx.HTTPError as error:
                raise away(self._http.base_url, error) from error
            self.session.renewed(answer)


def away(url: httpx.URL, error: httpx.HTTPError) -> UnavailableError:
    """What httpx says of a server that does not answer."""
    return UnavailableError(f"the API does not answer at {url}: {error!r}", "Is the stack up? diktor status")
