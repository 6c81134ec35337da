"""Options of both training commands: how long, in minutes or in passes over the data."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from diktor.learning.stages import Epochs

Command = Callable[..., Any]


def length_options(minutes: float) -> Callable[[Command], Command]:
    """`--budget`, by default so many `minutes`, and `--epochs` for a command."""

    def given(command: Command) -> Command:
        for option in (
            click.option(
                "--epochs",
                type=click.IntRange(1),
                help="Passes over the training data, in place of the steps that a budget comes to.",
            ),
            click.option(
                "--budget", type=click.FloatRange(0.0), show_default=f"{minutes:g}", help="Minutes on two cores."
            ),
        ):
            command = option(command)
        return command

    return given


def length_of(budget: float | None, epochs: int | None, minutes: float) -> "float | Epochs":
    """What was chosen; `minutes` if nothing was.

    Raises:
        click.UsageError: both were.
    """
    from diktor.learning.stages import Epochs

    if epochs is None:
        return minutes if budget is None else budget
    if budget is not None:
        raise click.UsageError("--budget and --epochs contradict each other: give minutes, or passes over the data")
    return Epochs(epochs)


def named(length: "float | Epochs") -> dict[str, float]:
    """The same as a parameter of a record."""
    return {"budget": length} if isinstance(length, float) else {"epochs": length.number}
