"""Parts of the real stack away one by one while requests go on: what can be served is, the rest waits.

Nothing that was accepted is lost: recordings, attempts at exercises and erasures taken while a part was away are done
when it is back.
"""

import asyncio
import io
import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import soundfile

from deploy.embedded.stack import Stack
from diktor.client import ApiError, Client
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from tests.support.asking import Asking, Question
from tests.support.postgres import Postgres, postgres_to_start
from tests.support.processes import ROOT, wait_until
from tests.support.stack import embedded_stack, state_of, wait_until_it_serves

pytestmark = [pytest.mark.accept, pytest.mark.timeout(1800)]

PASSWORD = "correct horse battery staple"
CALL, RATE = ROOT / "assets" / "calls" / "call-03.wav", 8000
PARTS = {"triton": "triton", "clickhouse": "clickhouse", "broker": "kafka", "sql": "sql"}
"""As the stack calls them, and as the API does."""

ROUNDS = 6
"""Every question is asked so often while a part is away."""

BACK_S = 300
"""Within so long, on two cores, everything is done that was taken in meanwhile."""

_number = itertools.count(1)


def spoken() -> bytes:
    """Six seconds of a call, others each time."""
    file, first = io.BytesIO(), next(_number) * 311
    pcm, rate = soundfile.read(CALL, start=first, frames=6 * RATE, dtype="int16")
    soundfile.write(file, pcm, rate, subtype="PCM_16", format="WAV")
    return file.getvalue()


def get(path: str, *more: str) -> Question:
    return Question(path, lambda client: client.get(f"/api/v1/{path}"), ("sql", *more))


def send(path: str, field: str, good: int, *more: str) -> Question:
    def ask(client: httpx.Client) -> httpx.Response:
        return client.post(f"/api/v1/{path}", files={field: ("call.wav", spoken(), "audio/wav")})

    return Question(f"POST {path}", ask, ("sql", *more), good)


UPLOAD = send("calls", "files", 202)
QUESTIONS = (
    *(
        Question(path, lambda client, path=path: client.get(path), ())
        for path in ("/health/live", "/api/docs", "/metrics")
    ),
    *(get(path) for path in ("accounts/me", "users", "audit", "calls/batches", "erasures", "training/attempts")),
    get("models/serving"),
    Question("exercise", lambda client: client.post("/api/v1/training/exercises", json={}), ("sql",), 201),
    *(get(path, "clickhouse") for path in ("calls", "calls/reviews", "calls/export", "stats/totals", "stats/overview")),
    send("checks", "file", 200, "triton"),
    UPLOAD,
)


class Rig:
    """A stack whose SQL is PostgreSQL, and what takes its parts away."""

    def __init__(self, stack: Stack, server: Postgres, sql: ExitStack) -> None:
        self.stack, self._server, self._sql = stack, server, sql
        self.url = stack.settings.api

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """Its port refuses inside the block; at the end it serves, and so do all others."""
        if part == "sql":
            self._sql.close()
        else:
            self.stack.supervisor.stop(part)
            wait_until(f"{part} has ended", lambda: not state_of(self.stack, part).pid)
        yield
        if part == "sql":
            self._sql.enter_context(self._server.serving())
        else:
            self.stack.supervisor.start(part)
        for name in ("broker", "clickhouse", "triton", "scorer-0", "ingest", "api"):
            wait_until_it_serves(self.stack, name, 180)

    def down(self) -> set[str]:
        """What the API says is away."""
        return set(httpx.get(f"{self.url}/health/ready", timeout=60).json()["down"])


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with postgres_to_start() as server, ExitStack() as sql:
        sql.enter_context(server.serving())
        with embedded_stack(tmp_path_factory.mktemp("stack"), outside={"sql": server.database()}) as stack:
            new = NewUser(login="boss", role=Role.admin, password=PASSWORD)
            asyncio.run(make_user(stack.settings, new))
            yield Rig(stack, server, sql)


@pytest.mark.parametrize("part", PARTS)
def test_what_can_be_served_is_and_nothing_accepted_is_lost(rig: Rig, part: str) -> None:
    with Client(rig.url) as admin:
        admin.log_in("boss", PASSWORD)
        leaving = scored(admin, admin.calls.upload([io.BytesIO(spoken())], operator_id=f"leaves-{part}").batch_id)
        with Asking(rig.url, admin.session.access, QUESTIONS) as asking:
            wait_until("all was asked for", lambda: asking.rounds("") >= 1)
            asking.away(None)
            with rig.without(part):
                wait_until(f"the API sees that {part} is away", lambda: PARTS[part] in rig.down())
                asking.away(part)
                attempt, erasure = ("", "") if part == "sql" else practised_and_erased(admin, f"leaves-{part}")
                wait_until("all was asked for often", lambda: asking.rounds(part) >= ROUNDS, BACK_S)
                asking.away(None)
            wait_until("the API sees that all is there", lambda: not rig.down(), BACK_S)
            asking.away("")
            before = asking.rounds("")
            wait_until("all was asked for again", lambda: asking.rounds("") > before + 1, BACK_S)
        assert not asking.wrong(), "\n".join(asking.wrong())
        uploads = [answer for answer in asking.answers if answer.question is UPLOAD and answer.served]
        meanwhile = sum(answer.away == part for answer in uploads)
        assert meanwhile >= (0 if part == "sql" else ROUNDS)
        for answer in uploads:
            scored(admin, json.loads(answer.body)["batch_id"])
        print(
            f"without {part}: {len(asking.answers)} answers, {len(uploads)} uploads, {meanwhile} meanwhile, all scored"
        )
        if part != "sql":
            wait_until("the attempt is judged", lambda: admin.training.get_attempt(attempt).state == "done", BACK_S)
            wait_until(
                "the erasure is applied", lambda: admin.calls.get_erasure(erasure).applied_at is not None, BACK_S
            )
            with pytest.raises(ApiError, match="no such call"):
                admin.calls.get(leaving)


def practised_and_erased(admin: Client, operator_id: str) -> tuple[str, str]:
    """The ids of an attempt and an erasure that are accepted now."""
    exercise = admin.training.create_exercise()
    attempt = admin.training.create_attempt(exercise.id, io.BytesIO(spoken()))
    return attempt.id, admin.calls.create_erasure(operator_id=operator_id).erasure_id


def scored(admin: Client, batch_id: str) -> str:
    """Waits until an upload of one recording has its verdict; its call."""

    def done() -> bool:
        return admin.calls.get_batch(batch_id).done

    wait_until(f"upload {batch_id} is scored", done, BACK_S)
    (file,) = admin.calls.get_batch(batch_id).files
    assert file.state == "scored", file
    assert file.call_id is not None
    return file.call_id
