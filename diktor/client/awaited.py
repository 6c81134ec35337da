"""The client that is awaited."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

import httpx

from diktor.client.areas import Areas
from diktor.client.blocking import away
from diktor.client.errors import of_response
from diktor.client.files import target
from diktor.client.request import Awaited, Request
from diktor.client.session import REFRESH, Renew, Send, Session, without_cookies
from diktor.wire import Page

P = ParamSpec("P")
T = TypeVar("T")


class AsyncClient(Areas[Awaited]):
    """The API at `url`, as whoever `session` is. Use it as an asynchronous context manager; tasks may share it.

    Methods raise `ApiError` for what the API refuses and `UnavailableError` while it does not answer.
    """

    def __init__(self, url: str, session: Session | None = None, http: httpx.AsyncClient | None = None) -> None:
        super().__init__(self._send)
        self.session = session or Session()
        self._http = http or httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(120.0, connect=5.0))
        without_cookies(self._http.cookies)
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def log_in(self, login: str, password: str) -> None:
        """Go on as this user."""
        self.session.take(await self.accounts.log_in(login, password))

    async def each(
        self, method: Callable[P, Awaitable[Page[T]]], *arguments: P.args, **named: P.kwargs
    ) -> AsyncIterator[T]:
        """Every item of a list, page after page: `async for call in client.each(client.calls.list)`."""
        more = cast(Callable[..., Awaitable[Page[T]]], method)
        page = await method(*arguments, **named)
        while True:
            for item in page.items:
                yield item
            if page.next is None:
                return
            page = await more(*arguments, **{**named, "cursor": page.next})

    async def _send(self, request: Request[T]) -> T:
        response: httpx.Response | None = None
        flow = self.session.exchange()
        step = next(flow)
        while True:
            if isinstance(step, Send):
                response = await self._once(request, step.token)
            elif isinstance(step, Renew):
                await self._renew(step.refused)
            else:
                await asyncio.sleep(step.seconds)
            try:
                step = flow.send(response)
            except StopIteration:
                break
        assert response is not None
        if not response.is_success:
            raise of_response(response)
        return request.answer(response)

    async def _once(self, request: Request[Any], token: str) -> httpx.Response:
        with ExitStack() as opened:
            built = request.built(self._http, opened)
            if token:
                built.headers["Authorization"] = f"Bearer {token}"
            try:
                response = await self._http.send(built, stream=True)
                try:
                    if request.into is None or not response.is_success:
                        await response.aread()
                    else:
                        file = opened.enter_context(target(request.into))
                        async for block in response.aiter_bytes():
                            file.write(block)
                finally:
                    await response.aclose()
            except httpx.HTTPError as error:
                raise away(self._http.base_url, error) from error
        return response

    async def _renew(self, refused: str) -> None:
        async with self._renewing:
            if self.session.access != refused:
                return
            try:
                headers = {"Content-Type": "application/json"}
                answer = await self._http.post(REFRESH, content=self.session.renewal(), headers=headers)
            except httpx.HTTPError as error:
                raise away(self._http.base_url, error) from error
            self.session.renewed(answer)
