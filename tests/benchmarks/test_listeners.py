"""What listeners did not hear is counted, and every wait is that of one event and one listener."""

from benchmarks.listeners import EVENT, delays


def test_an_event_that_one_listener_did_not_hear_is_missed() -> None:
    found = delays([(1, 2.0), (1, 3.0), (2, 5.0), (77, 9.0)], {1: 1.0, 2: 4.0}, 2)
    assert (found["events"], found["missed"], found["max_s"]) == (3, 1, 2.0)


def test_events_are_told_apart_in_what_came_at_once() -> None:
    assert EVENT.findall(b'id: 5\nevent: call\ndata: {"id": 9}\n\n: beat\n\nid: 61\nevent: call\n') == [b"5", b"61"]
