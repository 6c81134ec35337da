"""A stage keeps to what it was begun with."""

from pathlib import Path

import msgspec
import pytest

from diktor.errors import DiktorError
from diktor.learning import stages
from diktor.learning.begun import Begun, begin
from diktor.learning.compute import Compute, check
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, origin

SPEC = MemberSpec("tiny", layers=1, tuned=0)
FIRST = Begun(3.0, {"tiny": 480}, {"tiny": SPEC}, Compute())


def test_a_stage_goes_by_the_steps_its_budget_bought_first(tmp_path: Path) -> None:
    run = Run(tmp_path, tmp_path)
    assert begin(run, "stage1", FIRST) == FIRST
    assert begin(run, "stage1", msgspec.structs.replace(FIRST, steps={"tiny": 999})).steps == {"tiny": 480}
    other = msgspec.structs.replace(FIRST, budget=5.0)
    assert begin(run, "stage2", other) == other


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budget": 5.0}, r"another budget: 3\.0, not 5\.0"),
        ({"budget": None, "epochs": 2}, r"another budget: 3\.0, not none"),
        ({"compute": Compute(precision="bf16")}, "another compute"),
        ({"counts": "abc"}, "another counts: none, not abc"),
        ({"members": {"tiny": msgspec.structs.replace(SPEC, dropout=0.5)}}, "another members"),
    ],
)
def test_going_on_with_anything_else_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    run = Run(tmp_path, tmp_path)
    begin(run, "stage1", FIRST)
    with pytest.raises(DiktorError, match=said):
        begin(run, "stage1", msgspec.structs.replace(FIRST, **change))


def test_a_run_keeps_to_its_start(run: Run) -> None:
    stages.start(run, [SPEC], 1, "scratch")
    stages.start(run, [SPEC], 1, "scratch")
    with pytest.raises(DiktorError, match="Give --start scratch"):
        stages.start(run, [SPEC], 1)


def test_the_packaged_whisper_is_the_same_start_by_the_name_it_had_before(run: Run) -> None:
    stages.start(run, [SPEC], 1, "whisper")
    assert origin(run).start == "whisper-start"
    stages.start(run, [SPEC], 1)
    older = msgspec.json.decode(run.origin.read_bytes()) | {"start": "whisper"}
    run.origin.write_bytes(msgspec.json.encode(older))
    stages.start(run, [SPEC], 1, "whisper-start")
    with pytest.raises(DiktorError, match="started from whisper-start, not scratch"):
        stages.start(run, [SPEC], 1, "scratch")


@pytest.mark.parametrize("compute", [Compute("fp16"), Compute(device="gpu", processes=99)])
def test_what_this_machine_cannot_compute_is_refused_before_anything_begins(compute: Compute) -> None:
    with pytest.raises(DiktorError, match="GPU"):
        check(compute)
