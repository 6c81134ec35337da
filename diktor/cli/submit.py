"""`diktor submit`: recordings to ingest, from files, folders and zip archives."""

import asyncio
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from diktor.archives import unpacked
from diktor.audio.beside import lies_beside
from diktor.cli.tables import calls_table, wide_console
from diktor.errors import DiktorError, UnavailableError
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.client import Store

LIST = "calls.json"
"""A folder may say whose calls its files are: a list of objects with `file`, `operator_id`, `team_id`, `direction`."""

VERDICT_S = 600.0


@dataclass
class Candidate:
    """A file to send, how errors call it, and what is known of the call."""

    path: Path
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--operator", help="Operator's id of all files; a folder's calls.json may say it file by file.")
@click.option("--team", help="Team's id.")
@click.option("--direction", type=click.Choice(["inbound", "outbound", "unknown"]))
@click.option("--channels", help="The files' channels in order, as in operator,customer.")
@click.option("--speed", default="max", show_default=True, help="Times real time, or max.")
@click.option("--wait", is_flag=True, help="Wait for the verdicts and show them.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document a file.")
def submit(paths: tuple[Path, ...], wait: bool, as_json: bool, **options: str | None) -> None:
    """Send recordings (files, folders, zip archives) to be scored. Exit code 1 if any was refused."""
    names = {"operator": "operator_id", "team": "team_id"}
    given = {names.get(name, name): value for name, value in options.items() if value is not None}
    settings = Settings.load()
    console = wide_console(stderr=as_json)
    with ExitStack() as stack:
        answers = send(settings, list(candidates(paths, stack)), given, console)
    refused = [answer for answer in answers if "problem" in answer]
    rows = asyncio.run(verdicts(settings, [a["call_id"] for a in answers if "call_id" in a])) if wait else {}
    if as_json:
        for answer in answers:
            row = rows.get(answer.get("call_id", ""))
            verdict = {"call": msgspec.to_builtins(row)} if row else {}
            sys.stdout.write(json.dumps({**answer, **verdict}, ensure_ascii=False) + "\n")
    elif rows:
        console.print(calls_table(rows.values()))
    again = sum(bool(answer.get("duplicate")) for answer in answers)
    console.print(f"{len(answers) - len(refused)} taken ({again} were there before), {len(refused)} refused")
    sys.exit(1 if refused else 0)


def send(settings: Settings, found: list[Candidate], given: dict[str, str], console: Console) -> list[dict[str, Any]]:
    """Send every candidate; each answer has its `file`, and a `problem` or what ingest said.

    Raises:
        UnavailableError: ingest is not there.
    """
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    headers = {"Authorization": f"Bearer {settings.ingest_token.get_secret_value()}"}
    answers = []
    with (
        Progress(*columns, console=console, transient=True) as progress,
        httpx.Client(base_url=settings.ingest, headers=headers, timeout=600) as client,
    ):
        for candidate in progress.track(found):
            answer = {"problem": candidate.problem} if candidate.problem else _sent(client, candidate, given)
            if "problem" in answer:
                progress.console.print(f"[red]refused[/red] {candidate.name}: {answer['problem']}", highlight=False)
            answers.append({**answer, "file": candidate.name})
    return answers


async def verdicts(settings: Settings, call_ids: list[str], seconds: float = VERDICT_S) -> dict[str, CallRow]:
    """The finished rows of these calls, once they are all there.

    Raises:
        UnavailableError: they did not come in time.
    """
    store = await Store.open(settings)
    try:
        deadline = time.monotonic() + seconds
        while True:
            rows = {call: row for call, row in (await store.calls(call_ids)).items() if row.status != "open"}
            if len(rows) == len(set(call_ids)):
                return rows
            if time.monotonic() > deadline:
                missing = sorted(set(call_ids) - set(rows))
                raise UnavailableError(
                    f"{len(missing)} calls have no verdict after {seconds:g} s, {missing[0]} among them",
                    "Look at diktor status and at diktor results",
                )
            await asyncio.sleep(0.5)
    finally:
        await store.close()


def candidates(paths: tuple[Path, ...], stack: ExitStack) -> Iterator[Candidate]:
    """Every file there is: itself, of a folder, of an archive (unpacked to a folder that `stack` removes)."""
    for path in paths:
        if path.is_dir():
            listed = _listed(path)
            for file in sorted(p for p in path.rglob("*") if p.is_file() and not lies_beside(p)):
                yield Candidate(file, str(file), listed.get(file.relative_to(path).as_posix(), {}))
        elif zipfile.is_zipfile(path):
            yield from _unpacked(path, stack)
        else:
            yield Candidate(path, str(path))


def _sent(client: httpx.Client, candidate: Candidate, given: dict[str, str]) -> dict[str, Any]:
    try:
        with candidate.path.open("rb") as file:
            data = {**given, **candidate.fields}
            answer = client.post("/calls", data=data, files={"file": (Path(candidate.name).name, file)})
    except httpx.TransportError as error:
        raise UnavailableError(
            f"ingest at {client.base_url} is not there ({error!r})", "Start it: diktor up"
        ) from error
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        body = {"detail": answer.text[:200]}
    if answer.status_code in (401, 403):
        raise DiktorError(str(body.get("detail")), "Is DIKTOR_HOME the stack's folder?")
    if answer.is_success:
        return body
    return {"problem": ". ".join(str(body[k]) for k in ("detail", "remedy") if body.get(k))}


def _listed(folder: Path) -> dict[str, dict[str, str]]:
    document = folder / LIST
    if not document.exists():
        return {}
    content = json.loads(document.read_text())
    entries = content["calls"] if isinstance(content, dict) else content
    known = ("operator_id", "team_id", "direction")
    return {entry["file"]: {k: str(entry[k]) for k in known if k in entry} for entry in entries}


def _unpacked(archive: Path, stack: ExitStack) -> Iterator[Candidate]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="diktor-")))
    for item in unpacked(archive, folder):
        yield Candidate(item.path, f"{archive}:{item.name}" if item.name else str(archive), problem=item.problem)
