"""Whose calls somebody may see: a limit that every question about calls is put under."""

from typing import Any

import msgspec

Part = tuple[str, dict[str, Any]]
"""A condition in SQL and the values of its parameters."""


class Sight(msgspec.Struct, frozen=True):
    """Calls of these teams and operators. None is no limit, an empty tuple lets nothing be seen."""

    teams: tuple[str, ...] | None = None
    operators: tuple[str, ...] | None = None

    def sees(self, team_id: str, operator_id: str) -> bool:
        """Whether a call of this team and operator may be seen."""
        return (self.teams is None or team_id in self.teams) and (
            self.operators is None or operator_id in self.operators
        )

    def narrowed(self, teams: tuple[str, ...] | None, operators: tuple[str, ...] | None) -> "Sight":
        """Of what may be seen, that of these teams and operators; what may not be seen is as if it were not there."""
        return Sight(_both(self.teams, teams), _both(self.operators, operators))

    def condition(self) -> Part:
        """For a query that has `team_id` and `operator_id`."""
        parts = ["1"]
        values: dict[str, Any] = {}
        for column, chosen in (("team_id", self.teams), ("operator_id", self.operators)):
            if chosen is not None:
                parts.append(f"has({{seen_{column}:Array(String)}}, {column})")
                values[f"seen_{column}"] = list(chosen)
        return " AND ".join(parts), values


EVERYTHING = Sight()


def _both(allowed: tuple[str, ...] | None, asked: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if allowed is None or asked is None:
        return allowed if asked is None else asked
    return tuple(name for name in asked if name in allowed)
