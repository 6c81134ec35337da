"""The API from an account to an erasure, on a running stack: what one customer does, asked with the client."""

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
import soundfile

from deploy.embedded.stack import Stack
from diktor.client import ApiError, Client
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from tests.support.processes import ROOT, wait_until

CALLS = ROOT / "assets" / "calls"
PASSWORD = "correct horse battery staple"


def samples(folder: Path, count: int) -> list[Path]:
    """So many different recordings: the shipped calls, then shortened ones."""
    found = sorted(path for path in CALLS.glob("call-*") if path.is_file())[:count]
    source, rate = soundfile.read(CALLS / "call-03.wav", dtype="int16")
    for number in range(count - len(found)):
        path = folder / f"short-{number}.wav"
        soundfile.write(path, source[(number + 1) * rate // 10 :], rate, subtype="PCM_16")
        found.append(path)
    return found


def account_to_erasure(stack: Stack, recordings: Sequence[Path], folder: Path, seconds: float) -> None:
    """Account, check, training, upload, list, statistics, review, export, erasure; every step sees the ones before."""
    url = stack.settings.api
    asyncio.run(make_user(stack.settings, NewUser(login="boss", name="", role=Role.admin, password=PASSWORD)))
    with Client(url) as admin, Client(url) as supervisor, Client(url) as operator:
        admin.log_in("boss", PASSWORD)
        admin.accounts.create_team("north")
        for login, role, operator_id in (("lead", Role.supervisor, None), ("ivan", Role.operator, "op-1")):
            admin.accounts.create_user(login, role, operator_id=operator_id, teams=["north"], password=PASSWORD)
        supervisor.log_in("lead", PASSWORD)
        operator.log_in("ivan", PASSWORD)

        checked = operator.checks.create(recordings[0])
        assert checked.channels
        exercise = operator.training.create_exercise()
        attempt = operator.training.create_attempt(exercise.id, recordings[0])
        assert [item.id for item in operator.training.list_attempts().items] == [attempt.id]

        batch = supervisor.calls.upload(recordings, team_id="north", operator_id="op-1")

        def scored() -> bool:
            nonlocal batch
            batch = supervisor.calls.get_batch(batch.batch_id)
            return batch.done

        wait_until("every call of the upload has its verdict", scored, seconds)
        assert batch.counts == {"scored": len(recordings)}
        ids = {file.call_id for file in batch.files}
        assert {call.call_id for call in supervisor.each(supervisor.calls.list, limit=7)} == ids
        assert len({call.call_id for call in operator.each(operator.calls.list)}) == len(recordings)
        assert supervisor.stats.get_totals().calls == len(recordings)
        assert supervisor.stats.list_groups(by="operator")[0].key == "op-1"

        item = supervisor.calls.list_reviews(limit=1).items[0]
        call_id = item.call.call_id
        assert supervisor.calls.get(call_id).recorded
        supervisor.calls.put_label(call_id, item.channel, item.start_ms, item.defect, "confirmed")
        assert [call.call_id for call in supervisor.calls.list(reviewed=True).items] == [call_id]
        supervisor.calls.listen(call_id, folder / "audio")
        assert (folder / "audio").stat().st_size

        supervisor.calls.export(folder / "calls.csv")
        with (folder / "calls.csv").open() as file:
            assert {row["call_id"] for row in csv.DictReader(file)} == ids

        supervisor.calls.erase(call_id)
        with pytest.raises(ApiError) as refused:
            admin.calls.get(call_id)
        assert refused.value.problem.status == 404
        erasure = admin.calls.create_erasure(operator_id="op-1")
        assert erasure.applied_at is not None
        assert admin.calls.list().items == []
        assert operator.training.list_attempts().items == []
        noted = {entry.action for entry in admin.operations.list_audit(limit=500).items}
        assert {"calls.upload", "calls.review", "calls.listen", "calls.export", "calls.erase"} <= noted
