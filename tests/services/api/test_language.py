"""Problems are said in the language that is asked for, and every problem can be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.api.language import forms, said
from tests.support.api import Api
from tests.support.processes import ROOT

SPEAKERS = (
    "services/api",
    "services/ingest",
    "diktor/audio/decode.py",
    "diktor/audio/isolated.py",
    "diktor/archives.py",
    "diktor/checking",
    "diktor/exercises",
    "diktor/recordings.py",
    "diktor/store/comparison.py",
    "diktor/store/figures.py",
    "diktor/store/filters.py",
    "diktor/store/selection.py",
    "diktor/store/statistics.py",
)
"""Where problems are written that who asks the API reads."""

STARTING = {"tokens.py", "engine.py", "first.py"}
"""Of `services/api`: who runs the service reads what these say."""

PROBLEMS = {"problem", "missing", "document", "Kept", "Unpacked", "HTTPException"}


def written() -> Iterator[tuple[str, str]]:
    """Every problem's cause and remedy in the code, with `{}` for values, and the file."""
    for place in SPEAKERS:
        root = ROOT / place
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            if path.name not in STARTING:
                yield from ((text, path.relative_to(ROOT).as_posix()) for text in of_module(path))


def of_module(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in PROBLEMS and not (name.endswith("Error") and name not in {"ValueError", "TypeError"}):
            continue
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            found = constants.get(argument.id) if isinstance(argument, ast.Name) else argument
            for text in texts(found):
                yield f"there is no {text}" if name == "missing" else text


def texts(node: ast.expr | None) -> Iterator[str]:
    """Texts with a space: others are names."""
    if isinstance(node, ast.IfExp | ast.BoolOp):
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                yield from texts(part)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        text = "".join(map(str, parts))
        if " " in text and text.replace("{}", "").strip(" :"):
            yield text


def test_every_problem_can_be_said_in_russian() -> None:
    found = dict(written())
    del found["there is no {}"]  # `missing` itself: what it is called with is there
    assert len(found) > 100
    silent = {
        text: path for text, path in found.items() if said(text.replace("{}", "7"), "ru") == text.replace("{}", "7")
    }
    silent.pop("diktor release deploy {} --no-activate", None)  # a command
    assert silent == {}


def test_translations_take_the_values_that_their_forms_have() -> None:
    for form, put in forms():
        put(*["7"] * form.groups)


@pytest.mark.parametrize(
    ("text", "russian"),
    [
        ("login or password is wrong", "неверный логин или пароль"),
        (
            "tone.mp3 holds no sound. Send a recording that plays",
            "в файле нет звука. Отправьте запись, которая проигрывается",
        ),
        ("there is no release 12", "релиза 12 нет"),
        ("12 seconds are more than is left of today's 10", "12 (seconds) больше, чем осталось из 10 на сегодня"),
        ("nobody has translated this. Log in again", "nobody has translated this. Log in again"),
        ("", ""),
    ],
)
def test_a_problem_in_russian(text: str, russian: str) -> None:
    assert said(text, "ru") == russian
    assert said(text, "en") == text


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({}, "en"),
        ({"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}, "ru"),
        ({"Accept-Language": "en;q=0.5, ru"}, "ru"),
        ({"Accept-Language": "de, *;q=0.1"}, "en"),
        ({"Accept-Language": ";;"}, "en"),
    ],
)
async def test_problems_come_in_the_language_that_is_asked_for(
    api: Api, admin: httpx.AsyncClient, asked: dict[str, str], language: str
) -> None:
    missing = await admin.get("/api/v1/models/deployments/none", headers=asked)
    assert missing.status_code == 404
    assert missing.headers["Content-Language"] == language
    assert "Accept-Language" in missing.headers["Vary"]
    expected = {"en": "there is no such deployment", "ru": "такого развёртывания нет"}
    assert missing.json()["detail"] == expected[language]
    nowhere = await (await api.client()).get("/nowhere", headers=asked)
    assert (nowhere.json()["remedy"] == "It is not there, or not yours to see") == (language == "en")


async def test_what_is_wrong_with_a_field_in_russian(admin: httpx.AsyncClient) -> None:
    body = {"login": "anna", "role": "operator", "password": "short"}
    wrong = await admin.post("/api/v1/users", json=body, headers={"Accept-Language": "ru"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"] == ["password: нужно не меньше 12 знаков"]
