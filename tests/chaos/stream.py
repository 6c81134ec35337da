"""A stream of calls at a steady load, and what came of it: the same questions after every fault."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
import psutil
import soundfile

from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.dead_letters import read
from diktor.events import WINDOW_END
from diktor.rows import ChannelVerdict
from diktor.settings import Settings
from diktor.store.client import Store
from services.scorer.retry import until_available
from tests.support.processes import ROOT

CALLS = ROOT / "assets" / "calls"
SECONDS = 16
"""Of each call; the sample calls are cut so that each gives several."""

SPEED = 4.0
"""Times real time: a call is on the wire for some seconds, so that faults find it under way."""

PATIENCE_S = 240.0


def recordings(folder: Path, count: int) -> list[Path]:
    """`count` stereo recordings, every one different."""
    made = []
    for number, (path, start) in enumerate(islice(_cuts(), count)):
        pcm = np.concatenate(list(blocks(path)), axis=1)[:, start * 8000 : (start + SECONDS) * 8000]
        target = folder / f"{number:02d}.wav"
        soundfile.write(target, pcm.T, 8000, subtype="PCM_16")
        made.append(target)
    return made


def _cuts() -> Iterator[tuple[Path, int]]:
    for start in (2, 20):
        for path in sorted(CALLS.glob("call-*")):
            yield path, start


class Outcome(NamedTuple):
    """What is stored of a stream; `verdicts`, and the `stamps` of their rows, by call."""

    expected: int
    stored: int
    doubled: int
    dead: int
    verdicts: dict[str, tuple[ChannelVerdict, ...]]
    stamps: dict[str, datetime]
    seconds: float

    @property
    def whole(self) -> bool:
        """Nothing lost, nothing twice."""
        return self.expected == self.stored + self.dead and self.doubled == 0


class Stream:
    """Sends recordings one after another, `every` seconds, each until ingest says that it has it."""

    def __init__(self, settings: Settings, files: list[Path], every: float, speed: str = str(SPEED)) -> None:
        self._settings, self._files, self._every, self._speed = settings, files, every, speed
        self.expected: dict[str, int] = {}
        """Windows by call, as ingest counted them."""
        self.retried = 0
        self._started = time.monotonic()

    def send(self) -> None:
        """All of them."""
        headers = {"Authorization": f"Bearer {self._settings.ingest_token.get_secret_value()}"}
        with httpx.Client(base_url=self._settings.ingest, headers=headers, timeout=30) as client:
            for number, path in enumerate(self._files):
                time.sleep(max(0.0, self._started + number * self._every - time.monotonic()))
                answer = self._sent(client, path)
                self.expected[answer["call_id"]] = answer["windows"]

    def _sent(self, client: httpx.Client, path: Path) -> dict:  # type: ignore[type-arg]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with path.open("rb") as file:
                    fields = {"operator_id": "op", "speed": self._speed}
                    answer = client.post("/calls", data=fields, files={"file": (path.name, file)})
                if answer.is_success:
                    return dict(answer.json())
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"ingest did not take {path.name}"
            self.retried += 1
            time.sleep(0.3)

    def outcome(self, of_every_window: bool = False) -> Outcome:
        """What is stored once every call has its verdict; one that was judged `of_every_window`, if this is said.

        Raises:
            TimeoutError: they do not come.
        """
        return asyncio.run(self._outcome(of_every_window))

    async def _outcome(self, of_every_window: bool) -> Outcome:
        ids = list(self.expected)
        store = await until_available("opening the store", lambda: Store.open(self._settings))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    known = await until_available("reading calls", lambda: store.calls(ids))
                    rows = {k: row for k, row in known.items() if row.status == "scored"}
                    judged_of = {k: sum(verdict.windows for verdict in row.verdicts) for k, row in rows.items()}
                    if len(rows) == len(ids) and (not of_every_window or judged_of == self.expected):
                        break
                    await asyncio.sleep(0.5)
            windows = [window for call_id in ids for window in await store.windows_of(call_id)]
        finally:
            await store.close()
        keys = {(w.call_id, w.channel, w.start_ms) for w in windows}
        letters = [letter for letter, _ in await read(self._settings)]
        dead = {
            (letter.call_id, letter.headers["channel"], int(letter.headers["position_ms"]))
            for letter in letters
            if WINDOW_END in letter.headers and letter.call_id in rows
        } - keys  # what was put back is stored
        verdicts = {call_id: row.verdicts for call_id, row in rows.items()}
        return Outcome(
            expected=sum(self.expected.values()),
            stored=len(keys),
            doubled=len(windows) - len(keys),
            dead=len(dead),
            verdicts=verdicts,
            stamps={call_id: row.updated_at for call_id, row in rows.items()},
            seconds=time.monotonic() - self._started,
        )


@contextmanager
def sending(stream: Stream) -> Iterator[threading.Thread]:
    """The stream goes on beside what is done to the stack."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            stream.send()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="stream")
    thread.start()
    try:
        yield thread
    finally:
        thread.join()
    if failures:
        raise failures[0]


class Memory:
    """The most memory each part held, in MiB, looked at while the context lasts."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.largest: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory")

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            for name, mebibytes in held(self._stack).items():
                self.largest[name] = max(self.largest.get(name, 0.0), mebibytes)


def held(stack: Stack) -> dict[str, float]:
    """MiB of each part with its children; what they share is counted once (proportional set size)."""
    found = {}
    try:
        states = stack.supervisor.states()
    except Exception:  # supervisord is being asked by others too
        return {}
    for state in states:
        try:
            process = psutil.Process(state.pid)
            family = [process, *process.children(recursive=True)]
            found[state.name] = sum(p.memory_full_info().pss for p in family) / 2**20
        except (psutil.Error, ValueError):
            continue
    return found


def wait_until_healthy(stack: Stack, seconds: float = 150) -> float:
    """Seconds until every part serves without anybody's help; AssertionError if that does not come."""
    started = time.monotonic()
    while True:
        try:
            problems = {part["part"]: part["problem"] for part in stack.status() if part["problem"]}
        except Exception as error:
            problems = {"supervisord": str(error)}
        if not problems:
            return time.monotonic() - started
        assert time.monotonic() - started < seconds, f"not healthy after {seconds:g} s: {problems}"
        time.sleep(0.5)
