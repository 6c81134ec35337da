"""tritonserver from its wheel: the python backend's stub in its place, every shared library found."""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from deploy.setup import machine
from deploy.setup.environment import Environment
from diktor.errors import StackError

STUB = "triton_python_backend_stub"
PACKAGES = {
    "libpython3.11.so.1.0": "libpython3.11",
    "libexpat.so.1": "libexpat1",
    "libz.so.1": "zlib1g",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libgomp.so.1": "libgomp1",
    "libnuma.so.1": "libnuma1",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libcurl.so.4": "libcurl4",
    "libxml2.so.2": "libxml2",
    "libarchive.so.13": "libarchive13",
    "libb64.so.0d": "libb64-0d",
}
"""Debian's package of each library that the wheel leaves to the system."""


def complete(environment: Environment) -> None:
    """Raises: StackError: the wheel is not as we know it, or a library is missing and cannot be installed."""
    server = environment.site / "pytriton" / "tritonserver"
    stub, backend = server / "python_backend_stubs" / "3.11" / STUB, server / "backends" / "python"
    if not stub.exists() or not backend.is_dir():
        raise StackError(f"{server} holds no python backend for 3.11", "Lock nvidia-pytriton 0.7.0 again")
    shutil.copy2(stub, backend / STUB)
    binaries = (server / "bin" / "tritonserver", backend / STUB, backend / "libtriton_python.so")
    for binary in binaries[:2]:
        binary.chmod(0o755)
    missing = {library for binary in binaries for library in missing_libraries(binary)}
    if missing:
        machine.install(sorted({PACKAGES.get(name, name) for name in missing}), f"tritonserver needs {sorted(missing)}")
    if left := {library for binary in binaries for library in missing_libraries(binary)}:
        raise StackError(f"tritonserver lacks the libraries {sorted(left)}", "Install them, then run this again")


def missing_libraries(binary: Path) -> list[str]:
    """What the loader does not find for a program or library."""
    library_path = str(sysconfig.get_config_var("LIBDIR"))
    found = subprocess.run(
        ["ldd", binary], capture_output=True, text=True, env={**os.environ, "LD_LIBRARY_PATH": library_path}
    )
    return re.findall(r"^\s*(\S+) => not found", found.stdout, re.MULTILINE)
