"""Processes for training: forked from one that has loaded torch already, so that each starts at once."""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

LOADED = ["diktor.learning.training"]


def context() -> ForkServerContext:
    """Where processes, pools and queues of training come from."""
    found = get_context("forkserver")
    found.set_forkserver_preload(LOADED)
    return found
