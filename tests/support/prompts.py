"""Voice prompts of telephone systems, from Debian's packages at the time of a test: real speech in known languages."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

LEARNED = {
    "fr": "asterisk-prompt-fr-armelle",
    "it": "asterisk-prompt-it-menardi-wav",
    "es": "asterisk-prompt-es-co",
}
"""By language, what the shipped release learned from. No speaker of these is among the others."""

HELD_OUT = {language: f"asterisk-core-sounds-{language}-wav" for language in ("fr", "it", "es")}
"""By language, what decides: nothing was trained on it."""


def fetched(folder: Path, packages: Iterable[str]) -> dict[str, Path]:
    """Each package unpacked into a folder of its name. A machine without apt or its archive skips the test."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip("this machine has no apt: the prompts are packages of Debian")
    found = {}
    for name in packages:
        done = subprocess.run(["apt-get", "download", name], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"{name} cannot be had: {done.stderr.strip().splitlines()[-1]}")
        (package,) = folder.glob(f"{name}_*.deb")
        found[name] = folder / name
        subprocess.run(["dpkg-deb", "-x", package, found[name]], check=True)
    return found
