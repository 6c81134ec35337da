"""Single checks."""

from pathlib import Path
from typing import BinaryIO

from diktor.client.request import Area, M, Request, Upload, operation
from diktor.wire.checks import Checked


class Checks(Area[M]):
    """A recording's verdict while one waits."""

    @operation
    def create(
        self, file: Path | BinaryIO, release: int | None = None, idempotency_key: str | None = None
    ) -> Request[Checked]:
        """Check a recording by a release, or the active one; with a key the same request is done once."""
        return Request(
            method="POST",
            path="/api/v1/checks",
            kind=Checked,
            query={"release": release},
            uploads=(Upload("file", file),),
            headers={} if idempotency_key is None else {"Idempotency-Key": idempotency_key},
        )
