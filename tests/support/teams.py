"""Two teams: the people of both and of none, and everything that an operator can have."""

from pathlib import Path
from typing import Final

import httpx
import numpy as np

from diktor.wire.accounts import Role, Scope
from tests.support import calls, takes
from tests.support.api import Api

API: Final = "/api/v1"
RECORDING = takes.wav(np.arange(8000, dtype=np.int16))

NORTH: Final = ("operator", "colleague", "supervisor")
SOUTH: Final = ("other operator", "other supervisor")
COLUMNS: Final = {
    "operator": "operator",
    "colleague": "operator",
    "supervisor": "supervisor",
    "other operator": "operator",
    "other supervisor": "supervisor",
    "supervisor of none": "supervisor",
    "operator of none": "operator",
    "admin": "admin",
    "reading program": "read",
    "sending program": "ingest",
}
"""Everybody, and the column of the matrix that is theirs."""


async def everybody(api: Api) -> dict[str, httpx.AsyncClient]:
    """Clients by the names of `COLUMNS`; an operator's id in events is that name."""
    found = {}
    for name, column in COLUMNS.items():
        if column in list(Scope):
            found[name] = await api.service(Scope(column))
            continue
        teams = ("north",) if name in NORTH else ("south",) if name in SOUTH else ()
        operator = name if column == "operator" and teams else None
        found[name] = await api.user(Role(column), teams=teams, operator_id=operator)
    return found


async def belongings(
    api: Api, folder: Path, team: str, operator_id: str, clients: dict[str, httpx.AsyncClient], supervisor: str
) -> dict[str, str]:
    """What an operator of a team has, once of each kind; ids by the names that paths and queries give them."""
    operator, admin, call_id = clients[operator_id], clients["admin"], f"call-of-{team}"
    calls.record(api.settings, folder, call_id, calls.wav(len(team)), operator_id)
    await calls.store(
        api.settings, *(calls.call(one, team, operator_id) for one in (call_id, f"{call_id}-2", f"{call_id}-3"))
    )
    await made(clients[supervisor].put(f"{API}/calls/{call_id}-2/labels/operator/0/rhotacism", json={"label": "other"}))
    files = {"files": ("a.wav", calls.wav(7), "audio/wav")}
    batch = await made(operator.post(f"{API}/calls", files=files))
    exercise = await made(operator.post(f"{API}/training/exercises", json={}))
    attempts = f"{API}/training/exercises/{exercise['id']}/attempts"
    attempt = await made(operator.post(attempts, files={"file": ("a.wav", RECORDING, "audio/wav")}))
    judged = await made(operator.get(f"{API}/training/attempts/{attempt['id']}", params={"wait_s": 30}))
    assert judged["state"] == "done"
    erasure = await made(admin.post(f"{API}/erasures", json={"caller_id": f"caller of {team}"}))
    token = await made(admin.post(f"{API}/tokens", json={"name": team, "scopes": ["read"]}))
    return {
        "call_id": call_id,
        "batch_id": batch["batch_id"],
        "exercise_id": exercise["id"],
        "attempt_id": attempt["id"],
        "erasure_id": erasure["erasure_id"],
        "token_id": token["token"]["id"],
        "team_id": team,
        "user_id": str(operator.headers["X-User"]),
        "operator_id": operator_id,
    }


async def made(asked: object) -> dict:
    """What an answer holds, that must be a good one."""
    answer: httpx.Response = await asked  # type: ignore[misc]
    assert answer.is_success, answer.text
    return dict(answer.json())
