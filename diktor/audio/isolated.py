"""Decoding where it can harm nobody: a process per recording, with limits on memory and time.

A recording comes from anywhere, and what decodes it is a large library written in C. A fork server that has it loaded
forks a child per recording; the child sends plain samples through a pipe, nothing that would be interpreted. It waits
while nobody reads, so that a recording is never held whole. Whatever happens to the child is a refusal of its file.
"""

import contextlib
import json
import resource
import signal
from collections.abc import Iterator
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diktor.audio.decode import Block, Facts
from diktor.audio.decode import blocks as decoded
from diktor.audio.decode import facts as examined
from diktor.errors import AudioError

REMEDY = "Send it as wav, or raise DIKTOR_DECODE_BYTES or DIKTOR_DECODE_SECONDS"

_SAMPLES, _FACTS, _REFUSED, _END = b"s", b"f", b"r", b"e"
"""The first byte of a message says what follows."""


PATIENCE = 10
"""A decoder that gives no sign for so many times its processor time is stuck."""


class Limits(NamedTuple):
    """Of one recording's process: bytes of address space, seconds of processor time."""

    memory_bytes: int = 1 << 30
    cpu_s: int = 120


USUAL = Limits()


def blocks(path: Path, max_seconds: float, name: str = "", limits: Limits = USUAL) -> Iterator[Block]:
    """As `decode.blocks`.

    Raises:
        AudioError: as `decode.blocks`, or the recording cannot be decoded within the limits.
    """
    name = name or path.name
    for kind, content in _messages("blocks", path, max_seconds, name, limits):
        if kind == _SAMPLES:
            yield np.frombuffer(content, np.int16, offset=1).reshape(content[0], -1)


def facts(path: Path, max_seconds: float, name: str = "", limits: Limits = USUAL) -> Facts:
    """As `decode.facts`.

    Raises:
        AudioError: as `decode.facts`, or the recording cannot be decoded within the limits.
    """
    name = name or path.name
    found = [content for kind, content in _messages("facts", path, max_seconds, name, limits) if kind == _FACTS]
    return Facts(**json.loads(found[0]))


def _messages(what: str, path: Path, max_seconds: float, name: str, limits: Limits) -> Iterator[tuple[bytes, bytes]]:
    context = _context()
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(writer, what, path, max_seconds, name, limits), daemon=True)
    child.start()
    writer.close()
    try:
        while True:
            if not reader.poll(PATIENCE * limits.cpu_s):
                raise AudioError(f"{name} cannot be decoded: the decoder is stuck", REMEDY)
            try:
                message = reader.recv_bytes()
            except EOFError:
                child.join()
                raise AudioError(f"{name} cannot be decoded: {_death(child.exitcode, limits)}", REMEDY) from None
            kind, content = message[:1], message[1:]
            if kind == _END:
                return
            if kind == _REFUSED:
                raise AudioError(*json.loads(content))
            yield kind, content
    finally:
        reader.close()
        child.kill()
        child.join()
        child.close()


def _death(exitcode: int | None, limits: Limits) -> str:
    if exitcode == -signal.SIGXCPU:
        return f"it takes more than {limits.cpu_s} s"
    how = f"died of {signal.Signals(-exitcode).name}" if exitcode is not None and exitcode < 0 else "failed"
    return f"the decoder {how} within {limits.memory_bytes >> 20} MiB"


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _work(writer: Connection, what: str, path: Path, max_seconds: float, name: str, limits: Limits) -> None:
    """In the child."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))  # SIGXCPU says why, SIGKILL would not
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(BrokenPipeError):  # nobody wants the rest
        try:
            if what == "facts":
                writer.send_bytes(_FACTS + json.dumps(examined(path, max_seconds, name)._asdict()).encode())
            else:
                for block in decoded(path, max_seconds, name):
                    writer.send_bytes(_SAMPLES + bytes([len(block)]) + block.tobytes())
        except AudioError as error:
            writer.send_bytes(_REFUSED + json.dumps([error.cause, error.remedy]).encode())
        writer.send_bytes(_END)
