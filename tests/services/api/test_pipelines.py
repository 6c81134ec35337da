"""The pipeline without Airflow; tests/integration/pipeline has it with one."""

from diktor.wire.accounts import Role
from tests.support.api import Api

HERE = "/api/v1/pipelines"


async def test_without_airflow_it_is_said_how_to_have_one(api: Api) -> None:
    admin = await api.user(Role.admin)
    answers = [
        await admin.get(HERE),
        await admin.get(f"{HERE}/runs"),
        await admin.get(f"{HERE}/rebuild_model/runs/x"),
        await admin.post(f"{HERE}/rebuild_model/runs", json={}),
        await admin.post(f"{HERE}/rebuild_model/runs/x/retry", json={}),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "diktor up --with-airflow" in answer.json()["remedy"]


async def test_only_administrators_start_a_run(api: Api) -> None:
    supervisor = await api.user(Role.supervisor)
    assert (await supervisor.post(f"{HERE}/rebuild_model/runs", json={})).status_code == 403
    assert (await supervisor.post(f"{HERE}/rebuild_model/runs/x/retry", json={})).status_code == 403
    assert (await supervisor.get(f"{HERE}/runs")).status_code == 503
    operator = await api.user(Role.operator)
    assert (await operator.get(HERE)).status_code == 403
