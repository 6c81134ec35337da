"""Decoding where it can harm nobody: a process per recording, with limits on memory and time.

A recording comes from anywhere, and what decodes it is a large library written in C. A fork server that has it loaded
forks a child per recording; the child writes plain samples to a file and sends its facts through a pipe, nothing that
would be interpreted. A recording is never held whole. Whatever happens to the child is a refusal of its file.
"""

import json
import os
import resource
import signal
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diktor.audio.decode import Facts
from diktor.audio.decode import facts as examined
from diktor.errors import AudioError

REMEDY = "Send it as wav, or raise DIKTOR_DECODE_BYTES or DIKTOR_DECODE_SECONDS"

_FACTS, _REFUSED, _NOT_WRITTEN = b"f", b"r", b"w"
"""The first byte of the child's message says what follows."""


PATIENCE = 10
"""A decoder that has not ended after so many times its processor time is stuck."""


class Limits(NamedTuple):
    """Of one recording's process: bytes of address space besides what it starts with, seconds of processor time."""

    memory_bytes: int = 1 << 30
    cpu_s: int = 120


USUAL = Limits()


def decode(path: Path, target: Path, max_seconds: float, name: str = "", limits: Limits = USUAL) -> Facts:
    """Decode a recording to `target`: (samples, channels) int16 at 8 kHz, the machine's bytes, nothing around them.

    Raises:
        AudioError: as `decode.blocks`, or the recording cannot be decoded within the limits.
        OSError: `target` cannot be written.
    """
    name = name or path.name
    context = _context()
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(writer, path, target, max_seconds, name, limits), daemon=True)
    child.start()
    writer.close()
    try:
        if not reader.poll(PATIENCE * limits.cpu_s):
            raise AudioError(f"{name} cannot be decoded: the decoder is stuck", REMEDY)
        try:
            message = reader.recv_bytes()
        except EOFError:
            child.join()
            raise AudioError(f"{name} cannot be decoded: {_death(child.exitcode, limits)}", REMEDY) from None
    finally:
        reader.close()
        child.kill()
        child.join()
        child.close()
    kind, content = message[:1], json.loads(message[1:])
    if kind == _REFUSED:
        raise AudioError(*content)
    if kind == _NOT_WRITTEN:
        raise OSError(content, os.strerror(content), str(target))
    return Facts(**content)


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


def _work(writer: Connection, path: Path, target: Path, max_seconds: float, name: str, limits: Limits) -> None:
    """In the child."""
    # what else the fork server has loaded, for others who use it, is not the recording's
    pages, _, _ = Path("/proc/self/statm").read_text().partition(" ")
    most = int(pages) * resource.getpagesize() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))  # SIGXCPU says why, SIGKILL would not
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with target.open("wb", buffering=1 << 18) as file:
            found = examined(path, max_seconds, name, lambda block: file.write(np.ascontiguousarray(block.T).data))
        message = _FACTS + json.dumps(found._asdict()).encode()
    except AudioError as error:
        message = _REFUSED + json.dumps([error.cause, error.remedy]).encode()
    except OSError as error:
        message = _NOT_WRITTEN + json.dumps(error.errno).encode()
    writer.send_bytes(message)
