"""Training on several processes, in mixed precision and on a GPU, for real."""

from pathlib import Path

import msgspec
import pytest
import torch
from accelerate.state import AcceleratorState

from diktor.learning import stages, training
from diktor.learning.compute import CPU, Compute, Precision
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, save
from diktor.learning.run import started as begun
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
        stages.train(run, [SPEC], stage, 0.2, kept, lambda _, progress: told.append(progress), compute)
        for part in torch.load(run.weights(SPEC, stage), weights_only=True).values():
            assert all(bool(torch.isfinite(value).all()) for value in part.values())
            assert all(value.dtype == torch.float32 for value in part.values())
    assert told[-1].step == told[-1].steps == 5


class Interrupted(Exception):
    pass


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU that torch can use")
@pytest.mark.parametrize("precision", ["no", "bf16", "fp16"])
def test_on_a_gpu_a_member_learns_what_it_learns_on_the_cpu_and_goes_on_after_an_interruption(
    started: tuple[Run, Kept], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT", 4)
    spec, kept = msgspec.structs.replace(SPEC, dropout=0.0, noise=0.0), started[1]  # chance falls otherwise on a GPU

    def trained(name: str, compute: Compute) -> dict[str, torch.Tensor]:
        AcceleratorState._reset_state(reset_partial_state=True)  # a process has one for good: members have processes
        run = Run(tmp_path / name, started[0].corpus)
        run.folder.mkdir(exist_ok=True)
        for path in (started[0].start, started[0].origin):
            (run.folder / path.name).write_bytes(path.read_bytes())
        training.train_member(run, spec, "stage2", 10, kept, lambda _: None, compute)
        parts = torch.load(run.weights(spec, "stage2"), weights_only=True)
        return {f"{part}.{key}": value for part, values in parts.items() for key, value in values.items()}

    def cut_off(path: Path, content: object) -> None:
        save(path, content)
        raise Interrupted

    before = {
        f"{part}.{key}": value
        for part, values in begun(Run(started[0].folder, started[0].corpus), spec).trained_state().items()
        for key, value in values.items()
    }
    gpu = Compute(precision, "gpu")
    on_cpu, on_gpu = trained("cpu", CPU), trained("gpu", gpu)
    monkeypatch.setattr(training, "save", cut_off)
    with pytest.raises(Interrupted):
        trained("again", gpu)
    monkeypatch.setattr(training, "save", save)
    again = trained("again", gpu)

    def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
        return float(torch.cat([(one[key] - other[key]).abs().flatten() for key in one]).mean())

    learned = apart(on_cpu, before)
    assert learned > 0
    assert apart(on_gpu, on_cpu) < (0.05 if precision == "no" else 0.5) * learned
    assert apart(again, on_gpu) < 0.01 * learned
    assert all(value.dtype == torch.float32 and value.device.type == "cpu" for value in on_gpu.values())
