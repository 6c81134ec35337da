"""What the application's environment needs beside its lock: torch, the project itself, the `diktor` command."""

from deploy.setup.environment import ROOT, Environment

TORCH = "torch==2.13.0"
"""Not in the lock: which build of it fits (CPU or CUDA) is the machine's choice."""

COMMAND = """#!{python}
from diktor.cli import main

if __name__ == "__main__":
    main()
"""
"""Guarded, because processes that learning spawns read the main program again."""


def torch(environment: Environment) -> None:
    """First of all, so that nothing else chooses another build."""
    if not (environment.site / "torch").exists():
        environment.pip(TORCH, [TORCH])


def diktor(environment: Environment) -> None:
    """The checkout is importable and `diktor` is a command."""
    (environment.site / "diktor.pth").write_text(f"{ROOT}\n")
    command = environment.path / "bin" / "diktor"
    command.write_text(COMMAND.format(python=environment.python))
    command.chmod(0o755)
