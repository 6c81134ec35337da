"""What is wrong with a filled form, all of it at once: keys nobody knows, values that contradict each other."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def complaints(given: Iterable[str], form: Mapping[str, Any], root: Path) -> list[str]:
    """Everything that is wrong.

    `given` are the keys that whoever started the run has sent, `form` all values. Paths are relative to `root`.
    """
    unknown = sorted(set(given) - set(form))
    wrong = [f"{key}: there is no such parameter" for key in unknown]
    for check in (_sources, _files, _lengths, _members, _addresses):
        wrong += check(form, root)
    return wrong


def is_address(text: str) -> bool:
    """Whether it is somewhere else and not a path."""
    return "://" in text


def _sources(form: Mapping[str, Any], root: Path) -> list[str]:
    wrong = []
    minutes, finished = form["base_minutes"], form["base_corpus"]
    if minutes and finished:
        wrong.append("base_minutes, base_corpus: a base corpus is either made or there; give 0 minutes or no folder")
    if 0 < minutes < 1:
        wrong.append("base_minutes: less than a minute is no corpus; give 0 or at least 1")
    if "data" in form and not (form["data"] or minutes or finished):
        wrong.append("data, base_minutes, base_corpus: there is nothing to learn from")
    if "data" in form and form["offenders"] == "drop" and not form["data"]:
        wrong.append("offenders, data: there is no data to drop anything from")
    if finished and form["taxonomy"]:
        wrong.append("taxonomy, base_corpus: a finished corpus has a taxonomy of its own")
    return wrong


def _files(form: Mapping[str, Any], root: Path) -> list[str]:
    wrong = [
        f"{key}: {form[key]} is not there"
        for key in ("taxonomy", "members")
        if form[key] and not (root / form[key]).is_file()
    ]
    if form["base_corpus"] and not (root / form["base_corpus"] / "manifest.json").is_file():
        wrong.append(f"base_corpus: {form['base_corpus']} is no finished corpus")
    for key in ("base_model", "whisper_model"):
        if form[key].startswith(("/", ".")) and not (root / form[key]).exists():
            wrong.append(f"{key}: {form[key]} is not there")
    return wrong


def _lengths(form: Mapping[str, Any], root: Path) -> list[str]:
    return [
        f"{stage}_minutes, {stage}_epochs: a stage has a budget or a number of epochs; leave one of them empty"
        for stage in ("pretrain", "train")
        if form[f"{stage}_minutes"] is not None and form[f"{stage}_epochs"] is not None
    ]


def _members(form: Mapping[str, Any], root: Path) -> list[str]:
    seeds = form["seeds"]
    wrong = []
    if len(set(seeds)) < len(seeds):
        wrong.append("seeds: members of one seed would learn the same; give a different one for each")
    if not form["members"] and len(seeds) != 2:
        wrong.append(f"seeds, members: {len(seeds)} seeds, and the shipped ensemble has 2 members")
    return wrong


def _addresses(form: Mapping[str, Any], root: Path) -> list[str]:
    address = form.get("data")
    if address and not is_address(address) and not (root / address).exists():
        return [f"data: {address} is not there"]
    return []
