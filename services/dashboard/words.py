"""What the dashboard says, in Russian and English: `say("calls.title")`.

A file of `messages/` is an area, an entry has both languages; a list instead of a text holds its plural forms, chosen
by `n` (Russian: 1 звонок, 2 звонка, 5 звонков; English: 1 call, 2 calls; after the CLDR).
"""

import tomllib
from functools import cache
from importlib import resources

from services.dashboard.asked import Language, language

Forms = str | list[str]


def say(key: str, /, **values: object) -> str:
    """A message in the visitor's language, with values in its `{places}`.

    Raises:
        KeyError: there is no such message.
    """
    speech = language()
    forms = catalogue()[key][speech]
    text = forms if isinstance(forms, str) else forms[plural(speech, values["n"])]
    return text.format(**{name: _shown(value, speech) for name, value in values.items()})


def texts(area: str) -> dict[str, str]:
    """An area's messages as they are written, for a script of the page: `{places}` stay, plural forms are left out."""
    speech, start = language(), f"{area}."
    found = {key.removeprefix(start): entry[speech] for key, entry in catalogue().items() if key.startswith(start)}
    return {name: forms for name, forms in found.items() if isinstance(forms, str)}


def word(name: str) -> str:
    """A defect, a verdict, a channel, a status as people call it; a new defect that has no word yet by its name."""
    return say(f"shell.{name}") if known(f"shell.{name}") else name


def known(key: str) -> bool:
    """Whether there is such a message."""
    return key in catalogue()


def plural(speech: Language, n: object) -> int:
    """Which form goes with a number."""
    if not isinstance(n, int):
        return 1  # a fraction: 1,5 звонка, 1.5 calls
    if speech == "en":
        return int(n != 1)
    last, tens = n % 10, n % 100
    if last == 1 and tens != 11:
        return 0
    return 1 if 2 <= last <= 4 and not 12 <= tens <= 14 else 2


@cache
def catalogue() -> dict[str, dict[str, Forms]]:
    """Every message by `area.name` (names may have dots)."""
    found: dict[str, dict[str, Forms]] = {}
    for file in sorted(resources.files("services.dashboard").joinpath("messages").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            area = file.name.removesuffix(".toml")
            for name, entry in tomllib.loads(file.read_text("utf-8")).items():
                found[f"{area}.{name}"] = entry
    return found


def _shown(value: object, speech: Language) -> object:
    """Thousands apart, the decimal sign of the language."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    text = f"{value:,}"
    return text.replace(",", "\u00a0").replace(".", ",") if speech == "ru" else text
