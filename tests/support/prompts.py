"""People's speech in known languages, from Debian's packages at the time of a test: prompts of telephone systems, words
spoken to the stamps of a drawing program, dialogues of a game."""

import csv
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest


class Speech(NamedTuple):
    """A speaker: the language, the package, and how long the shipped release heard of it (minutes; None: all)."""

    language: str
    package: str
    minutes: float | None = None


STAMPS = "tuxpaint-stamps-default"
DIALOGUES, SCRIPTS = "fillets-ng-data-cs", "fillets-ng-data"

LEARNED = (
    Speech("fr", "asterisk-prompt-fr-armelle"),
    Speech("it", "asterisk-prompt-it-menardi-wav"),
    Speech("es", "asterisk-prompt-es-co"),
    Speech("fr", STAMPS),
    Speech("be", STAMPS),
    Speech("bg", STAMPS, 15),
    Speech("ro", STAMPS, 15),
    Speech("es", STAMPS, 15),
    Speech("cs", f"{DIALOGUES}/font_small", 20),
    Speech("cs", f"{DIALOGUES}/font_big", 20),
)
"""What the shipped release learned from. No speaker of these is among the others."""

HELD_OUT = {language: f"asterisk-core-sounds-{language}-wav" for language in ("fr", "it", "es")}
"""By language, what decides: nothing was trained on it."""

_LINE = re.compile(r'dialogId\("([^"]+)",\s*"([^"]*)",.*?\)\s*dialogStr\("((?:[^"\\]|\\.)*)"\)', re.DOTALL)
"""In a game's script: the recording's name, the font of whoever speaks, and what is said."""


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


def learned(folder: Path) -> list[tuple[Speech, Path]]:
    """Every speaker of `LEARNED` with a folder of recordings, those with known words beside a `transcripts.csv`."""
    names = {speech.package.split("/")[0] for speech in LEARNED} | {SCRIPTS}
    packages = fetched(folder, sorted(names))
    found = []
    for speech in LEARNED:
        name, _, font = speech.package.partition("/")
        where = packages[name]
        if name == STAMPS:
            where = _told(folder / f"stamps-{speech.language}", _stamps(where, speech.language))
        elif font:
            where = _told(folder / f"dialogues-{font}", _dialogues(where, packages[SCRIPTS], font))
        found.append((speech, where))
    return found


def _told(out: Path, spoken: Iterable[tuple[str, Path, str]]) -> Path:
    """Recordings under their new names, and the table of what is said in them."""
    out.mkdir()
    with (out / "transcripts.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "text"])
        for name, recording, text in spoken:
            shutil.copy(recording, out / name)
            table.writerow([name, text])
    return out


def _stamps(package: Path, language: str) -> Iterable[tuple[str, Path, str]]:
    """What is spoken to a stamp is what its text says in that language."""
    for recording in sorted(package.rglob(f"*_desc_{language}.ogg")):
        stem = recording.name.removesuffix(f"_desc_{language}.ogg")
        texts = recording.with_name(f"{stem}.txt")
        lines = texts.read_text("utf-8", errors="replace").splitlines() if texts.exists() else []
        for line in lines:
            if line.startswith(f"{language}.utf8="):
                yield "-".join(recording.relative_to(package).parts), recording, line.partition("=")[2].strip()


def _dialogues(sounds: Path, scripts: Path, font: str) -> Iterable[tuple[str, Path, str]]:
    """What those say whose words the game writes in a font."""
    said = {
        (script.parent.name, name): text
        for script in scripts.rglob("dialogs_cs.lua")
        for name, own, text in _LINE.findall(script.read_text("utf-8"))
        if own == font
    }
    for recording in sorted(sounds.rglob("*.ogg")):
        level = recording.parent.parent.name
        if text := said.get((level, recording.stem)):
            yield f"{level}-{recording.name}", recording, text.replace("\\n", " ")
