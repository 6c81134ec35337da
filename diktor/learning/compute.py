"""On what a member is trained, and how precisely: accelerate's device, mixed precision and processes."""

import os
from pathlib import Path
from typing import Any, Literal

import msgspec
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from torch import Tensor

from diktor.errors import DiktorError
from diktor.learning.model import DefectNet, Outputs, Top

Precision = Literal["no", "bf16", "fp16"]
Device = Literal["cpu", "gpu"]

CLIP = 1.0
"""Largest norm of a step's gradient."""


class Compute(msgspec.Struct, frozen=True):
    """`processes` per member, each of which takes batches of its own and averages its gradients with the others'."""

    precision: Precision = "no"
    device: Device = "cpu"
    processes: int = 1


CPU = Compute()


def check(compute: Compute) -> None:
    """Before anything is begun.

    Raises:
        DiktorError: this machine cannot do it.
    """
    if compute.device == "gpu" and torch.cuda.device_count() < compute.processes:
        found = torch.cuda.device_count()
        raise DiktorError(f"torch can use {found} GPUs here, not {compute.processes}", "Ask for fewer --processes")
    if compute.device == "cpu" and compute.precision == "fp16":
        raise DiktorError("fp16 needs a GPU", "Give --device gpu, or --precision bf16")


class Learner:
    """A network in training: hears states, takes steps. Its parts stay the network's own.

    With `counts_only` the heads of the defects are left as they are.
    """

    def __init__(
        self, net: DefectNet, optimiser: torch.optim.Optimizer, compute: Compute, counts_only: bool = False
    ) -> None:
        partly = DistributedDataParallelKwargs(find_unused_parameters=counts_only)
        self._accelerator = Accelerator(
            cpu=compute.device == "cpu", mixed_precision=compute.precision, kwargs_handlers=[partly]
        )
        self._net = net
        self._top, self._optimiser = self._accelerator.prepare(Top(net, counts_only), optimiser)

    @property
    def rank(self) -> int:
        """Which of the processes this is; the first one reports and keeps."""
        return int(self._accelerator.process_index)

    @property
    def ranks(self) -> int:
        """How many processes train this network."""
        return int(self._accelerator.num_processes)

    def rates(self, warm: float, left: float) -> None:
        """The learning rates of the next step, as two factors of each group's `base`."""
        for group in self._optimiser.param_groups:
            group["lr"] = group["base"] * warm * left

    def hear(self, hidden: Tensor) -> Outputs:
        """(B, T, W) states → outputs in float32, on the CPU, where the losses are taken: they are small."""
        return Outputs(*(values.cpu() for values in self._top(hidden.to(self._accelerator.device))))

    def step(self, loss: Tensor) -> None:
        """Change the weights by a loss of `hear`'s outputs."""
        self._optimiser.zero_grad()
        self._accelerator.backward(loss)
        self._accelerator.clip_grad_norm_([p for part in self._net.trained().values() for p in part.parameters()], CLIP)
        self._optimiser.step()

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """Over the processes."""
        if self.ranks == 1:
            return values
        mine = torch.tensor([list(values.values())], dtype=torch.float64, device=self._accelerator.device)
        return dict(zip(values, self._accelerator.gather(mine).mean(0).tolist(), strict=True))

    def state(self) -> dict[str, Any]:
        """What going on needs beside the step: weights, optimiser, fp16's scale."""
        scaler = self._accelerator.scaler
        return {
            "net": self._net.trained_state(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": scaler.state_dict() if scaler else {},
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self._net.load_trained(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        if self._accelerator.scaler and state.get("scaler"):
            self._accelerator.scaler.load_state_dict(state["scaler"])


def join(compute: Compute, rank: int, meeting: Path) -> None:
    """Make this process one of several that train a member; they meet at a file that is not there yet."""
    if compute.processes == 1:
        return
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(compute.processes),
        "LOCAL_WORLD_SIZE": str(compute.processes),
    }
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    if compute.device == "gpu":
        torch.cuda.set_device(rank)
    torch.distributed.init_process_group(
        "gloo" if compute.device == "cpu" else "nccl",
        init_method=f"file://{meeting.resolve()}",
        rank=rank,
        world_size=compute.processes,
    )


def leave(compute: Compute) -> None:
    """Part from the others."""
    if compute.processes > 1:
        torch.distributed.destroy_process_group()
