"""The embedded stack for tests: whole, or some of its parts, in a folder of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deploy.embedded.parts import Part
from deploy.embedded.stack import Stack
from deploy.embedded.supervisor import State
from tests.support.processes import wait_until


@contextmanager
def embedded_stack(
    home: Path,
    parts: Sequence[str] = (),
    scorers: int = 1,
    outside: Mapping[str, str] | None = None,
    env: Mapping[str, Mapping[str, str]] | None = None,
    within: Mapping[str, Sequence[str]] | None = None,
    with_airflow: bool = False,
) -> Iterator[Stack]:
    """A stack that serves; `parts` by name (`broker`, `clickhouse`, `triton`, `scorer`, `ingest`, `watchdog`) or all.

    `outside` as `Stack` takes it. By part: `env` is set for it alone, and `within` is the command that runs it.
    At the end none of its processes is left, or this fails.
    """
    stack = Stack(home, scorers, parts, outside, with_airflow)
    stack.parts = tuple(_changed(part, env or {}, within or {}) for part in stack.parts)
    stack.up()
    try:
        yield stack
    finally:
        stack.down()
    left = stack.supervisor.processes()
    assert not left, f"processes were left behind: {left}"


def _changed(part: Part, env: Mapping[str, Mapping[str, str]], within: Mapping[str, Sequence[str]]) -> Part:
    kind = part.name.split("-")[0]
    return replace(part, env={**part.env, **env.get(kind, {})}, command=(*within.get(kind, ()), *part.command))


def state_of(stack: Stack, name: str) -> State:
    """A part as supervisord sees it now."""
    return next(state for state in stack.supervisor.states() if state.name == name)


def wait_until_it_serves(stack: Stack, name: str, seconds: float = 90) -> None:
    """A part passes its readiness check."""
    wait_until(f"{name} serves", lambda: problem_of(stack, name) == "", seconds)


def problem_of(stack: Stack, name: str) -> str:
    """Why a part does not serve; empty when it does."""
    return str(next(part["problem"] for part in stack.status() if part["part"] == name))
