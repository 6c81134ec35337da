"""One step: a `diktor` command with its output in the task's log and its result on the last line of what it printed.

A step may be ended at any time and called again. What it started and left behind is ended first, so that two never work
in one folder; what it finished with the same arguments and can still show is not done again.
"""

import contextlib
import ctypes
import hashlib
import json
import logging
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from diktor_dags import surroundings

log = logging.getLogger("diktor.step")

MARK = "DIKTOR_STEP"
"""In the environment of everything that a step starts: the file of its result."""

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class StepError(RuntimeError):
    """A command failed, or told no result: `str()` says which, how, and its last words. `told` is its result."""

    def __init__(self, message: str, told: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.told = told


def step(
    folder: Path,
    name: str,
    arguments: Sequence[object],
    *,
    nice: int = 0,
    threads: int = 1,
    leaves: Iterable[Path] = (),
    after: object = None,
) -> dict[str, Any]:
    """Run `diktor ARGUMENTS` and return its result.

    If it `leaves` files and all are there, the result of an earlier time is returned where arguments and the results
    that it came `after` are the same.

    Raises:
        StepError: it failed.
    """
    kept = folder / "steps" / f"{name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    given = [str(argument) for argument in arguments]
    key = hashlib.sha256(json.dumps([given, after], sort_keys=True).encode()).hexdigest()
    leaves = tuple(leaves)
    if leaves and (before := _before(kept, key)) is not None and all(path.exists() for path in leaves):
        log.info("%s was done before: %s", name, json.dumps(before, ensure_ascii=False)[:500])
        return before
    end_leftovers(kept)
    command = ["nice", "-n", str(nice), *surroundings.diktor(), *given]
    result = _run(command, f"diktor {shlex.join(given)}", _environment(kept, threads))
    draft = kept.with_suffix(".new")
    draft.write_text(json.dumps({"key": key, "arguments": given, "result": result}, ensure_ascii=False, indent=1))
    draft.replace(kept)
    return result


def end_leftovers(mark: Path) -> None:
    """End what a step that was killed left running; none of it is there when this returns."""
    wanted = f"{MARK}={mark}".encode()
    while found := [pid for pid in _pids() if wanted in _environ(pid)]:
        for pid in found:
            log.warning("ending process %d, which an earlier attempt left behind", pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)


def _before(kept: Path, key: str) -> dict[str, Any] | None:
    try:
        document = json.loads(kept.read_text())
        return dict(document["result"]) if document["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _environment(mark: Path, threads: int) -> dict[str, str]:
    """Of a command: without Airflow's own, in which there are secrets."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    limits = dict.fromkeys(THREADS, str(threads))
    return {**own, **limits, MARK: str(mark), "DIKTOR_HOME": str(surroundings.home()), "PYTHONUNBUFFERED": "1"}


def _run(command: Sequence[str], shown: str, environment: Mapping[str, str]) -> dict[str, Any]:
    log.info("running %s", shlex.join(command))
    process = subprocess.Popen(
        command,
        cwd=surroundings.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )
    last: dict[str, str] = {}
    readers = [
        threading.Thread(target=_read, args=(stream, name, last), daemon=True)
        for name, stream in (("out", process.stdout), ("error", process.stderr))
    ]
    try:
        for reader in readers:
            reader.start()
        code = process.wait()
    finally:  # a task that is cleared or times out gets an exception here
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for reader in readers:
        reader.join(10)
    told = _told(last.get("out", ""))
    if code != 0:
        raise StepError(f"{shown} ended with {code}: {last.get('error') or last.get('out', '')}", told or {})
    if told is None:
        raise StepError(f"{shown} told no result on its last line", {})
    return told


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _read(stream: IO[str], name: str, last: dict[str, str]) -> None:
    with stream:
        for line in stream:
            _log(line, name, last)


def _log(line: str, name: str, last: dict[str, str]) -> None:
    if text := line.rstrip():
        last[name] = text
        log.info("%s", text if len(text) < 2000 else f"{text[:2000]}…")


def _told(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _environ(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
