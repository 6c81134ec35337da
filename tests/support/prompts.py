"""People's speech in known languages, from Debian's packages at the time of a test: prompts of telephone systems, words
spoken to the stamps of a drawing program and to the pictures of a child's game."""

import csv
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

STAMPS, PICTURES = "tuxpaint-stamps-default", "ktuberling-data"
"""The same of single words and short sentences: of stamps French and Belarusian ones whose text is known, of pictures
Ukrainian and Russian ones."""


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


def pictures(package: Path, language: str) -> Path:
    """The words of a language."""
    (found,) = (path for path in package.rglob(language) if path.parent.name == "sounds")
    return found


def stamps(package: Path, language: str, out: Path) -> Path:
    """What is spoken to stamps, in `out` beside a `transcripts.csv`: a stamp's text in that language."""
    out.mkdir()
    with (out / "transcripts.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "text"])
        for recording in sorted(package.rglob(f"*_desc_{language}.ogg")):
            stem = recording.name.removesuffix(f"_desc_{language}.ogg")
            texts = recording.with_name(f"{stem}.txt")
            lines = texts.read_text("utf-8", errors="replace").splitlines() if texts.exists() else []
            for line in lines:
                if line.startswith(f"{language}.utf8="):
                    name = "-".join(recording.relative_to(package).parts)
                    shutil.copy(recording, out / name)
                    table.writerow([name, line.partition("=")[2].strip()])
    return out
