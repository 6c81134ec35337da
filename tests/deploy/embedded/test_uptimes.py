"""How long a part has been up does not depend on the wall clock, which may be set."""

from deploy.embedded.supervisor import State
from deploy.embedded.watchdog import Uptimes


def _state(pid: int, uptime_s: int) -> State:
    return State("triton", "RUNNING", pid, uptime_s, "")


def test_a_clock_that_is_set_back_makes_no_part_young() -> None:
    uptimes = Uptimes()
    assert 100 <= uptimes.of(_state(7, 100)) < 105
    assert 100 <= uptimes.of(_state(7, 0)) < 105


def test_a_clock_that_is_set_forward_makes_no_part_old() -> None:
    uptimes = Uptimes()
    uptimes.of(_state(7, 1))
    assert uptimes.of(_state(7, 3601)) < 5


def test_a_new_process_is_young() -> None:
    uptimes = Uptimes()
    uptimes.of(_state(7, 100))
    assert uptimes.of(_state(8, 0)) < 5
