"""People's speech in known languages, from Debian's packages at the time of a test: prompts of telephone systems, words
spoken to the stamps of a drawing program and to the pictures of a child's game."""

import csv
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

HELD_OUT = {language: f"asterisk-core-sounds-{language}-wav" for language in ("fr", "it", "es")}
"""By language, what decides: nothing was trained on it."""

STAMPS, PICTURES = "tuxpaint-stamps-default", "ktuberling-data"
"""Single words and short sentences whose text is known, and single words."""

SCENES, SCENE_TEXTS = "fillets-ng-data-cs", "fillets-ng-data"
"""Czech actors, and what they say."""


class Speaker(NamedTuple):
    """One person in one language: the package, of which part he or she speaks, and how much of it is learned."""

    language: str
    package: str
    part: str = ""
    minutes: int | None = None


LEARNED = (
    Speaker("fr", "asterisk-prompt-fr-armelle"),
    Speaker("it", "asterisk-prompt-it-menardi-wav"),
    Speaker("es", "asterisk-prompt-es-co"),
    Speaker("fr", STAMPS),
    Speaker("be", STAMPS),
    Speaker("bg", STAMPS, minutes=15),
    Speaker("ro", STAMPS, minutes=15),
    Speaker("es", STAMPS, minutes=15),
    Speaker("cs", SCENES, "font_small", 20),
    Speaker("cs", SCENES, "font_big", 20),
)
"""What the shipped release learned from. None of these speakers is among the others."""


def learned(folder: Path, speakers: Sequence[Speaker] = LEARNED) -> dict[Speaker, Path]:
    """A folder of recordings for each, as `diktor learn foreign` takes it."""
    packages = {*(speaker.package for speaker in speakers), SCENE_TEXTS}
    prompts = fetched(folder, sorted(packages))
    found = {}
    for speaker in speakers:
        package = prompts[speaker.package]
        if speaker.package == STAMPS:
            found[speaker] = stamps(package, speaker.language, folder / f"stamps-{speaker.language}")
        elif speaker.package == SCENES:
            out = folder / f"dialogues-{speaker.part}"
            found[speaker] = dialogues(package, prompts[SCENE_TEXTS], speaker.part, out)
        else:
            found[speaker] = package
    return found


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


SAID = re.compile(r'dialogId\("([^"]+)",\s*"([^"]*)",.*?\)\s*dialogStr\("((?:[^"\\]|\\.)*)"\)', re.DOTALL)
"""A line of a scene: its name, the font of who says it, and what."""


def dialogues(sounds: Path, texts: Path, font: str, out: Path) -> Path:
    """What one actor says, in `out` beside a `transcripts.csv`: each has a font."""
    out.mkdir()
    lines = {
        (script.parent.name, name): text.replace("\\n", " ").replace('\\"', '"')
        for script in texts.rglob("dialogs_cs.lua")
        for name, who, text in SAID.findall(script.read_text("utf-8"))
        if who == font
    }
    with (out / "transcripts.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "text"])
        for recording in sorted(sounds.rglob("*.ogg")):
            scene = recording.parent.parent.name
            if (scene, recording.stem) in lines:
                name = f"{scene}-{recording.name}"
                shutil.copy(recording, out / name)
                table.writerow([name, lines[scene, recording.stem]])
    return out
