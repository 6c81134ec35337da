"""A virtual environment built from its hash-locked file, and rebuilt only when that file changes."""

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from diktor.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
NOISE = re.compile(r"^WARNING: Location |^\s*$|^\[notice\]|^Looking in |^WARNING: Running pip as the 'root'")
"""What pip says again and again and nobody needs."""

EVERY_S = 15.0
"""Between two lines of progress where there is no terminal."""


def say(text: str) -> None:
    """A line on the terminal."""
    print(f"setup: {text}", flush=True)


class Environment:
    """`.venv/<name>`, from `requirements/<name>.txt`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = ROOT / ".venv" / name
        self.lock = ROOT / "requirements" / f"{name}.txt"
        if not self.lock.exists():
            raise StackError(f"there is no environment {name!r}", "There are: app, triton, airflow, bentoml")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    @property
    def site(self) -> Path:
        """Its installed packages."""
        return self.path / "lib" / "python3.11" / "site-packages"

    @property
    def digest(self) -> str:
        """Changes when it must be built again: with the lock, the interpreter, the checkout's place, this code."""
        code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
        return hashlib.sha256(self.lock.read_bytes() + f"{sys.version} {ROOT}".encode() + code).hexdigest()

    def current(self) -> bool:
        """Whether nothing is to do."""
        stamp = self.path / ".digest"
        return self.python.exists() and stamp.exists() and stamp.read_text() == self.digest

    def stamp(self) -> None:
        """All of it worked."""
        (self.path / ".digest").write_text(self.digest)

    def create(self) -> None:
        """An empty environment, unless there is one: what it holds already is not installed again."""
        usable = (
            self.python.exists()
            and not subprocess.run(
                [self.python, "-c", "import sys, pip; sys.exit(sys.version_info[:2] != (3, 11))"], capture_output=True
            ).returncode
        )
        if not usable:
            say(f"{self.name}: creating {self.path.relative_to(ROOT)}")
            found = subprocess.run([sys.executable, "-m", "venv", "--clear", self.path], capture_output=True, text=True)
            if found.returncode:
                raise StackError(f"the environment {self.name} cannot be created: {found.stdout}{found.stderr}")

    def install(self) -> None:
        """The locked packages."""
        count = sum(1 for line in self.lock.read_text().splitlines() if re.match(r"[A-Za-z0-9].*==", line))
        self.pip(f"{count} packages", ["--no-deps", "--require-hashes", "-r", str(self.lock)], count)

    def pip(self, what: str, arguments: list[str], total: int = 0) -> None:
        """Install, with progress; the whole output goes to a log.

        Raises:
            StackError: pip failed; its last lines are in the message.
        """
        say(f"{self.name}: installing {what}")
        log = self.path / "install.log"
        command = [str(self.python), "-m", "pip", "install", "--progress-bar", "off", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, cwd=ROOT
        )
        assert process.stdout is not None
        show, seen = _progress(self.name, total), 0
        lines: list[str] = []
        with log.open("a") as file:
            for line in process.stdout:
                if NOISE.match(line):
                    continue
                file.write(line)
                lines = [*lines[-14:], line]
                seen += line.startswith(("Collecting ", "Requirement already satisfied"))
                show(seen, line.strip())
        if process.wait():
            raise StackError(f"{what} for {self.name} cannot be installed. pip says:\n{''.join(lines)}", _remedy(lines))


def _progress(name: str, total: int) -> Callable[[int, str], None]:
    last = time.monotonic()
    live = sys.stdout.isatty()

    def show(seen: int, line: str) -> None:
        nonlocal last
        of = f"{min(seen, total)}/{total} " if total else ""
        if live:
            print(f"\r\033[Ksetup: {name}: {of}{line[:70]}", end="", flush=True)
            if line.startswith("Successfully installed"):
                print("\r\033[K", end="", flush=True)
        elif time.monotonic() - last > EVERY_S:
            last = time.monotonic()
            say(f"{name}: {of}{line[:70]}")

    return show


def _remedy(lines: list[str]) -> str:
    text = "".join(lines)
    if "No space left" in text:
        return "The disk is full: about 6 GB are needed"
    if "DO NOT MATCH THE HASHES" in text:
        return "A package differs from the locked one: check your package index, or lock again: make lock"
    return "Is the package index reachable? Then run it again: it goes on where it stopped"
