"""The API's client: `Client` blocks, `AsyncClient` is awaited; both have the same methods, an attribute per area.

    with Client("http://127.0.0.1:8300") as client:
        client.log_in("anna", password)
        print(client.checks.create(Path("call.mp3")))

An area is a class in `areas/` whose methods describe requests; adding one is writing such a method.
"""

from diktor.client.awaited import AsyncClient
from diktor.client.blocking import Client
from diktor.client.errors import ApiError
from diktor.client.session import Session

__all__ = ["ApiError", "AsyncClient", "Client", "Session"]
