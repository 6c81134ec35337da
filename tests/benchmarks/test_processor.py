"""What a stretch of work costs is counted over every process that did it."""

import subprocess
import sys

import psutil

from benchmarks.processor import family, spent

WORK = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def test_processor_time_of_children_that_ended_is_counted() -> None:
    with spent(lambda: family(psutil.Process())) as run:
        subprocess.run([sys.executable, "-c", WORK], check=True)
    assert 0.25 < run.cpu_s < 3
    assert 0 < run.busy_cores < 2


def test_a_process_that_only_waits_costs_nothing() -> None:
    waiting = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1)
    with waiting:
        assert waiting.stdout is not None
        waiting.stdout.readline()
        with spent(lambda: [psutil.Process(waiting.pid)]) as run:
            pass
        waiting.communicate(b"\n")
    assert run.cpu_s < 0.05
