"""Options of both training commands: how precisely, on what, in how many processes."""

from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]


def compute_options(command: Command) -> Command:
    """`--precision`, `--device` and `--processes` for a command."""
    for option in (
        click.option(
            "--processes",
            type=click.IntRange(1),
            default=1,
            show_default=True,
            help="Per member, each with batches of its own: as many as there are GPUs.",
        ),
        click.option("--device", type=click.Choice(["cpu", "gpu"]), default="cpu", show_default=True),
        click.option(
            "--precision",
            type=click.Choice(["no", "bf16", "fp16"]),
            default="no",
            show_default=True,
            help="Mixed with float32; fp16 needs a GPU.",
        ),
    ):
        command = option(command)
    return command
