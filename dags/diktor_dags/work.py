"""One run of the pipeline: its folder, its filled form, and the steps that it runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.sdk import get_current_context

from diktor_dags import commands, surroundings

HEAVY = 2
"""Slots of the pool that a step of learning takes: with two of them such steps run one at a time."""


@dataclass(frozen=True)
class Work:
    """Paths are absolute; those of the form are relative to the checkout."""

    folder: Path
    form: Mapping[str, Any]

    @classmethod
    def here(cls) -> "Work":
        """That of the task that is running."""
        context = get_current_context()
        run = context["dag_run"]
        return cls(surroundings.run_folder(run.dag_id, run.run_id), dict(context["params"]))

    def step(self, name: str, *arguments: object, leaves: Iterable[Path] = (), after: object = None) -> dict[str, Any]:
        """A command, with this run's niceness and threads."""
        return commands.step(
            self.folder,
            name,
            [*arguments, "--json"] if arguments[:2] not in _JSON_ANYWAY else arguments,
            nice=self.form.get("nice", 0),
            threads=self.form.get("threads", 1),
            leaves=leaves,
            after=after,
        )

    def option(self, name: str, key: str) -> list[object]:
        """`--name VALUE`, if the form says something there; 0 is something."""
        return [name, self.form[key]] if self.form.get(key) not in (None, "") else []

    @property
    def data(self) -> Path:
        """What was fetched."""
        return self.folder / "data"

    @property
    def calls(self) -> Path:
        """What was taken from the application's own calls."""
        return self.folder / "calls"

    @property
    def words(self) -> Path:
        """Transcripts."""
        return self.folder / "words"

    @property
    def counts(self) -> Path:
        """Letters of the transcripts."""
        return self.folder / "counts"

    @property
    def run(self) -> Path:
        """What the learning commands call a run."""
        return self.folder / "run"


_JSON_ANYWAY = {("learn", "evaluate"), ("learn", "export")}
