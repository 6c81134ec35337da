"""Plans follow from their constants, and the simulation from queueing theory where theory knows the answer."""

import json

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from diktor.audio.grid import Grid
from diktor.capacity.measured import MEASURED, Measured
from diktor.capacity.plan import Load, plan
from diktor.capacity.simulate import simulate
from diktor.cli.plan import plan as command

GRID = Grid()
COSTS = Measured(
    vad_s=0.01, lane_s=0.01, scorer_s=0.02, members_s=(0.06, 0.04), store_s=0.001, insert_s=0.002,
    event_s=0.0, idle_cores=0.0, ingest_s=0.001, broker_s=0.0005, batch_wait_s=0.0,
    scorer_mib=200, call_mib=0.5, row_bytes=100, rows_per_s=20_000,
)  # fmt: skip


def test_a_plan_is_the_arithmetic_of_its_load() -> None:
    found = plan(Load(calls=140, minutes=7, channels=2, speech=0.5), GRID, COSTS)
    assert found.windows_per_s == 70  # 280 channels, a window each 4 s
    assert found.scored_per_s == 35
    assert found.triton_instances == 3  # 35 · 0.06 is 2.1 cores for the slower member, at 70 %
    assert found.scorers == 2  # 1.4 cores at 70 %
    assert found.calls_per_hour == 1200
    assert found.bottleneck == "triton"
    assert sum(found.share.values()) == pytest.approx(1, abs=0.01)


def test_ten_times_the_calls_need_ten_times_the_parts() -> None:
    small, large = (plan(Load(calls=n, minutes=5), GRID, COSTS) for n in (10_000, 100_000))
    for name in ("windows_per_s", "triton_instances", "scorers", "kafka_mb_per_s", "clickhouse_gb"):
        assert getattr(large, name) == pytest.approx(10 * getattr(small, name), rel=0.02), name


def test_gpus_are_planned_only_with_a_figure_of_ones_own() -> None:
    load = Load(calls=1000, minutes=5, speech=1.0)
    assert plan(load, GRID, COSTS).triton_gpus is None
    assert plan(load, GRID, COSTS, gpu_windows_per_s=100).triton_gpus == 8  # 500 a second at 70 %


def test_nobody_waits_where_there_is_room() -> None:
    waits = simulate(Load(calls=4, minutes=5, speech=1.0), GRID, COSTS, scorers=4, instances=8)
    assert waits.p99_s == pytest.approx(COSTS.vad_s + COSTS.lane_s + max(COSTS.members_s) + COSTS.store_s, abs=0.06)


def test_utilisation_is_arrivals_times_service() -> None:
    load = Load(calls=60, minutes=5, channels=1, speech=0.5)  # 15 windows a second
    waits = simulate(load, GRID, COSTS, scorers=1, instances=2, seconds=300)
    assert waits.scorer_busy == pytest.approx(15 * 0.02, rel=0.05)
    assert waits.triton_busy == pytest.approx(15 * 0.5 * 0.1 / 4, rel=0.08)  # two instances of two members


def test_an_overloaded_part_makes_windows_wait_without_end() -> None:
    load = Load(calls=100, minutes=5, channels=1, speech=1.0)  # 25 a second, 1.5 of the first member
    early, late = (simulate(load, GRID, COSTS, 1, 1, seconds=s).p95_s for s in (30, 120))
    assert late > 2 * early > 1


def test_cores_that_are_shared_are_a_limit_of_their_own() -> None:
    load = Load(calls=50, minutes=5, channels=1, speech=1.0)
    apart = simulate(load, GRID, COSTS, scorers=2, instances=2)
    shared = simulate(load, GRID, COSTS, scorers=2, instances=2, cores=1)
    assert shared.p95_s > 5 * apart.p95_s


def test_what_else_the_cores_do_makes_windows_wait() -> None:
    load = Load(calls=25, minutes=5, channels=1, speech=1.0)  # 6 windows a second, .12 core seconds each
    free, busy = (simulate(load, GRID, COSTS, 1, 1, cores=1, background=share) for share in (0.0, 0.2))
    assert busy.p95_s > 2 * free.p95_s


def test_an_insert_takes_all_rows_that_came_meanwhile() -> None:
    slow = msgspec.structs.replace(COSTS, insert_s=0.5)
    load = Load(calls=60, minutes=5, channels=1, speech=0.0)  # 15 a second would need 7 such inserts at once
    assert simulate(load, GRID, slow, 1, 1).p99_s < 1.1


def test_a_large_system_is_so_many_cells() -> None:
    load = Load(calls=1_000_000, minutes=5)
    found = plan(load, GRID, COSTS)
    waits = simulate(load, GRID, COSTS, found.scorers, found.triton_instances, seconds=20)
    assert waits.cells == 2500
    assert waits.p95_s < 1


def test_what_was_measured_is_there() -> None:
    assert np.hstack(list(msgspec.structs.asdict(MEASURED).values())).min() > 0


def test_the_command_plans_as_json_and_for_people() -> None:
    result = CliRunner().invoke(command, ["--calls", "200", "--json"], catch_exceptions=False)
    document = json.loads(result.stdout)
    assert document["plan"]["windows_per_s"] == 100
    shown = CliRunner().invoke(command, ["--calls", "200"], catch_exceptions=False).stdout
    assert "Triton instances of each member" in shown
    assert "bottleneck" in shown
