"""Training on several processes and in mixed precision, for real, on the CPU."""

from pathlib import Path

import pytest
import torch

from diktor.learning import stages
from diktor.learning.compute import Compute
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run
from diktor.learning.training import Kept, Progress

SPEC = MemberSpec("tiny", layers=1, tuned=1, hidden=8, far=5, seed=5)


@pytest.fixture(scope="module")
def started(corpus: Path, tiny_whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Kept]:
    run = Run(tmp_path_factory.mktemp("started"), corpus)
    stages.start(run, [SPEC], 1, str(tiny_whisper))
    return run, stages.keep_states(run, [SPEC], lambda done, total: None)


@pytest.mark.parametrize("compute", [Compute(processes=2), Compute("bf16")])
def test_a_member_trains_otherwise_than_alone_in_float32(
    started: tuple[Run, Kept], tmp_path: Path, compute: Compute
) -> None:
    run, kept = Run(tmp_path, started[0].corpus), started[1]
    for path in (started[0].start, started[0].origin):
        (run.folder / path.name).write_bytes(path.read_bytes())
    told: list[Progress] = []
    for stage in ("stage1", "stage2") if compute.processes > 1 else ("stage2",):
        stages.train(run, [SPEC], stage, 0.1, kept, lambda _, progress: told.append(progress), compute)
        for part in torch.load(run.weights(SPEC, stage), weights_only=True).values():
            assert all(bool(torch.isfinite(value).all()) for value in part.values())
            assert all(value.dtype == torch.float32 for value in part.values())
    assert told[-1].step == told[-1].steps == 5
