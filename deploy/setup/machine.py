"""What the machine itself must bring, and apt to bring it where we may."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sysconfig
from pathlib import Path

from deploy.setup.environment import ROOT, say
from diktor.errors import StackError

GLIBC = (2, 35)
NEEDED = 6 * 2**30
"""Bytes of disk that the environments take."""


def check(building: bool) -> None:
    """Raises: StackError: something is missing that we cannot install."""
    if platform.machine() != "x86_64":
        raise StackError(f"tritonserver's wheel is for x86_64, this is {platform.machine()}", "Use an x86_64 machine")
    name, version = platform.libc_ver()
    if name != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < GLIBC:
        raise StackError(f"tritonserver needs glibc 2.35 or newer, this is {name} {version}", "Use Debian 12 or newer")
    if not building:
        return
    if (free := shutil.disk_usage(ROOT).free) < NEEDED:
        raise StackError(
            f"{free / 2**30:.1f} GB are free for the environments", f"Make room: {NEEDED // 2**30} GB are needed"
        )
    missing = [package for package, there in _system_packages().items() if not there]
    if missing:
        install(missing, "building the environments needs them")


def install(packages: list[str], why: str) -> None:
    """Debian packages, when we are root.

    Raises:
        StackError: we are not, or apt fails; with the line to run.
    """
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise StackError(f"system packages are missing: {' '.join(packages)} ({why})", f"Run: sudo {line}")
    say(f"apt-get install {' '.join(packages)} ({why})")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    found = subprocess.run(line.split(), env=env, capture_output=True, text=True)
    if found.returncode:  # the lists of a fresh machine are empty
        subprocess.run(["apt-get", "update", "-q"], env=env, capture_output=True)
        found = subprocess.run(line.split(), env=env, capture_output=True, text=True)
    if found.returncode:
        raise StackError(f"apt-get cannot install {' '.join(packages)}: {found.stderr.strip()[-500:]}", f"Run: {line}")


def _system_packages() -> dict[str, bool]:
    """Debian package → whether what we need of it is there."""
    header = Path(sysconfig.get_path("include")) / "Python.h"
    return {
        "python3.11-venv": importlib.util.find_spec("ensurepip") is not None,
        "python3.11-dev": header.exists(),  # pyworld is compiled
        "chromium": shutil.which("chromium") is not None,  # the dashboard is tried in it
        "g++": shutil.which("c++") is not None or shutil.which("g++") is not None,
        "libc-bin": shutil.which("ldd") is not None,
        "postgresql": any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),  # tests run a server of their own
    }
