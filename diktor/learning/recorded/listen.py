"""Recordings through a release as in service: decoded, cut into windows, gated, scored, judged."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.audio.decode import blocks
from diktor.audio.vad import VoiceActivity
from diktor.errors import AudioError
from diktor.learning.ensemble import Ensemble
from diktor.learning.in_service import rows_of
from diktor.releases import Release, load_release
from diktor.rows import ChannelVerdict
from diktor.scoring.verdict import verdicts


class Spoken(NamedTuple):
    """A channel of a recording: which one, what is said of it."""

    channel: int
    verdict: ChannelVerdict


class Outcome(NamedTuple):
    """A recording's channels, or why it was left out."""

    file: str
    spoken: tuple[Spoken, ...] = ()
    problem: str = ""


class Job(NamedTuple):
    """A recording to hear: channel None is the only one, or every one where `every` is set."""

    folder: Path
    file: str
    channels: tuple[int | None, ...]
    every: bool = False


def listen(
    jobs: Sequence[Job], repository: Path, number: int, processes: int, advance: Callable[[int, int], None]
) -> list[Outcome]:
    """Every recording, in order; one that cannot be heard is told and left out.

    Raises:
        ReleaseError: there is no such release.
    """
    load_release(repository, number)
    found: dict[int, Outcome] = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_hear, job, repository, number): place for place, job in enumerate(jobs)}
        for done, future in enumerate(as_completed(running), 1):
            found[running[future]] = future.result()
            advance(done, len(jobs))
    return [found[place] for place in range(len(jobs))]


def judged(pcm: NDArray[np.int16], name: str, release: Release, ensemble: Ensemble, activity: VoiceActivity) -> Spoken:
    """The verdict of one channel of (samples,) int16 at the release's rate."""
    rows = rows_of(pcm, name, "operator", ensemble, activity, release)
    if not rows:
        raise AudioError(f"{name} is shorter than a millisecond", "Send a recording that plays")
    return Spoken(0, verdicts(rows, release)[0])


def _hear(job: Job, repository: Path, number: int) -> Outcome:
    try:
        path = job.folder / job.file
        if not path.is_file():
            raise AudioError(f"{job.file} is not in {job.folder}", "Is the name right?")
        release, ensemble, activity = _tools(repository, number)
        pcm = np.concatenate(list(blocks(path, name=job.file, rate=release.rate)), axis=1)
        spoken = [
            judged(pcm[channel], job.file, release, ensemble, activity)._replace(channel=channel)
            for channel in _channels(job, len(pcm))
        ]
    except AudioError as error:
        return Outcome(job.file, problem=str(error))
    return Outcome(job.file, tuple(spoken))


def _channels(job: Job, count: int) -> Sequence[int]:
    """Which of `count` channels are meant."""
    if job.every:
        return range(count)
    chosen = []
    for channel in job.channels:
        if channel is None and count > 1:
            raise AudioError(f"{job.file} has {count} channels", "Say in the column channel which one the label is of")
        if channel is not None and channel >= count:
            raise AudioError(f"{job.file} has no channel {channel}", "The first channel is 0")
        chosen.append(channel or 0)
    return chosen


@lru_cache(maxsize=1)
def _tools(repository: Path, number: int) -> tuple[Release, Ensemble, VoiceActivity]:
    """What a process loads once."""
    release = load_release(repository, number)
    return release, Ensemble.of_release(repository, release), VoiceActivity()
