"""The short suite against systems outside, as against a real cluster: here another stack plays it."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.embedded.stack import Stack
from diktor.store.connection import connect
from tests.support.processes import ROOT, python
from tests.support.stack import embedded_stack


@pytest.mark.accept
@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_the_short_suite_runs_against_systems_outside_and_leaves_nothing_there(tmp_path: Path) -> None:
    with embedded_stack(tmp_path / "cluster", parts=("broker", "clickhouse", "triton")) as cluster:
        before = asyncio.run(_left(cluster))
        names = ("DIKTOR_KAFKA", "DIKTOR_CLICKHOUSE", "DIKTOR_CLICKHOUSE_TOKEN", "DIKTOR_TRITON")
        given = {name: cluster.home.settings()[name] for name in names}
        done = subprocess.run(
            [python(), "-m", "pytest", "tests/chaos/test_chaos.py", "-k", "every_fault_once", "-q", "-s"],
            cwd=ROOT,
            env={**os.environ, **given, "DIKTOR_CHAOS_OUTSIDE": "1"},
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        assert "scorer killed" in done.stdout
        assert "clickhouse killed" not in done.stdout
        assert asyncio.run(_left(cluster)) == before


async def _left(cluster: Stack) -> tuple[set[str], list[str]]:
    """Topics and databases."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.settings.kafka)
    await admin.start()
    client = await connect(cluster.settings, "default")
    try:
        rows = (await client.query("SELECT name FROM system.databases ORDER BY name")).result_rows
        return set(await admin.list_topics()), [row[0] for row in rows]
    finally:
        await client.close()
        await admin.close()
