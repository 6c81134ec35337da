"""A fault's streams added up: a row of the table in docs/reliability.md, and whether it cost anything."""

from tests.chaos.stream import Outcome

BOUND_MIB = {
    "scorer-0": 500,
    "scorer-1": 500,
    "ingest": 400,
    "api": 400,
    "clickhouse": 1500,
    "triton": 1500,
    "watchdog": 300,
}


class Tally:
    """Compares every stream with the one that nothing happened to."""

    def __init__(self, part: str, calm: Outcome) -> None:
        assert calm.whole
        self._part, self._calm = part, calm
        self._done: list[str] = []
        self._healed: list[float] = []
        self._largest: dict[str, float] = {}
        self._windows = self._lost = self._doubled = self._differ = 0

    def add(self, outcome: Outcome, done: list[str], healed: float, memory: dict[str, float]) -> None:
        """What was `done` during a stream, what came of it, seconds until the stack was well, MiB by part."""
        self._done += done
        self._healed.append(healed)
        self._windows += outcome.expected
        self._lost += outcome.expected - outcome.stored - outcome.dead
        self._doubled += outcome.doubled
        self._differ += sum(outcome.verdicts[call] != verdict for call, verdict in self._calm.verdicts.items())
        for name, mebibytes in memory.items():
            self._largest[name] = max(self._largest.get(name, 0.0), mebibytes)

    def row(self) -> dict[str, object]:
        """For the table."""
        return {
            "part": self._part,
            "strikes": len(self._done),
            "killed": sum("killed" in one for one in self._done),
            "windows": self._windows,
            "lost": self._lost,
            "twice": self._doubled,
            "verdicts that differ": self._differ,
            "well again after, s (largest)": round(max(self._healed), 1),
            "memory, MiB (largest)": {name: round(value) for name, value in sorted(self._largest.items())},
            "done": self._done,
        }

    def check(self) -> None:
        """AssertionError when something was lost, twice, other than undisturbed, or larger than its bound."""
        assert (self._lost, self._doubled, self._differ) == (0, 0, 0)
        known = {name: value for name, value in self._largest.items() if name in BOUND_MIB}
        assert {name: value for name, value in known.items() if value > BOUND_MIB[name]} == {}
