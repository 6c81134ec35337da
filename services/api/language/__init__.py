"""Problems in the language that is asked for: they are written in English, and said in another by their form.

`ru.toml` has a form and its translation a line. A form is what stands in the code, with `{}` where values come in; a
translation names them `{0}`, `{1}`, in their order. What has no translation stays English.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, cast

from litestar import Request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")
HEADER = "Accept-Language"

_SENTENCE = re.compile(r"\. ")


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The best of ours by `Accept-Language` (RFC 9110, 12.5.4); English if it names none."""
    asked = parse_accept_header(request.headers.get(HEADER, ""), LanguageAccept)
    return cast(Language, asked.best_match(LANGUAGES, LANGUAGES[0]))


def provide_language(request: Request[Any, Any, Any]) -> Language:
    """Of the request at hand."""
    return language_of(request)


def said(text: str, language: Language) -> str:
    """A cause, a remedy, or both with a full stop between them, in a language."""
    return text if language == "en" or not text else _russian(text)


@lru_cache(1024)
def _russian(text: str) -> str:
    if (whole := _translated(text)) is not None:
        return whole
    for stop in _SENTENCE.finditer(text):
        first, second = _translated(text[: stop.start()]), _translated(text[stop.end() :])
        if first is not None and second is not None:
            return f"{first}. {second}"
    return text


def _translated(text: str) -> str | None:
    for form, put in forms():
        if found := form.fullmatch(text):
            return put(*found.groups())
    return None


@cache
def forms() -> Sequence[tuple[re.Pattern[str], Callable[..., str]]]:
    """What texts look like, and the translation to put their values into; those that say most come first."""
    known = tomllib.loads(resources.files(__name__).joinpath("ru.toml").read_text("utf-8"))
    ordered = sorted(known.items(), key=lambda entry: len(entry[0].replace("{}", "")), reverse=True)
    return [
        (re.compile("(.*?)".join(map(re.escape, form.split("{}"))), re.DOTALL), russian.format)
        for form, russian in ordered
    ]
