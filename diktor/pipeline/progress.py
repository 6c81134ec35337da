"""How far a run is: tasks done of all, which one works, why it failed."""

from collections.abc import Sequence
from typing import NamedTuple

from diktor.pipeline.airflow import Airflow, Run, TaskInstance

DONE = ("success", "skipped")
AT_WORK = ("running", "queued", "up_for_retry", "up_for_reschedule", "restarting", "scheduled")

FAILURE = "Task failed with exception: "
"""Before the error in the log of a task."""


class Progress(NamedTuple):
    """Tasks of a run: how many are done of how many, which are at work, which failed by themselves."""

    done: int
    of: int
    working: tuple[str, ...]
    failed: tuple[TaskInstance, ...]

    def __str__(self) -> str:
        now = f", now {', '.join(self.working)}" if self.working else ""
        broken = f", failed {', '.join(item.name for item in self.failed)}" if self.failed else ""
        return f"{self.done} of {self.of} tasks done{now}{broken}"


def progress(tasks: Sequence[TaskInstance]) -> Progress:
    """Of the tasks of one run."""
    working = [task for state in AT_WORK for task in tasks if task.state == state]
    return Progress(
        done=sum(task.state in DONE for task in tasks),
        of=len(tasks),
        working=tuple(f"{task.name} ({task.state})" if task.state != "running" else task.name for task in working),
        failed=tuple(task for task in tasks if task.state == "failed"),
    )


def why(airflow: Airflow, run: Run, failed: Sequence[TaskInstance]) -> list[str]:
    """What each failed task said last of the error."""
    return [f"{task.name}: {_last_error(airflow.log(run, task))}" for task in failed]


def _last_error(lines: Sequence[str]) -> str:
    told = [line for line in lines if line.startswith(FAILURE)]
    return told[-1].removeprefix(FAILURE) if told else "it ended without a word: see the log of the scheduler"
