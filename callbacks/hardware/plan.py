"""The plan of a run: its precision, into how many micro-batches a step is cut, whether activations are kept.

Holds the rules by which `decision` and `planner` make one, too. They see a device, a machine, and a function that tells
whether a cut fits; no Trainer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.memory_estimate import Estimate
from callbacks.hardware.precision import TENSOR_CORES
from callbacks.hardware.tiers import Tier
from callbacks.language.say import Message

T = TypeVar("T")

By = Literal["auto", "callback", "trainer", "strategy", "model"]
"""Who decided: this plan, an argument of HardwareTier, the Trainer's own, a strategy that brings its own, or the
module."""

MARGIN = 0.1
"""Share of a card's free memory that is left alone for what no estimate knows: fragmentation of the allocator, scratch
memory within kernels. Our choice, the same as vLLM's `gpu_memory_utilization` of 0.9; the trial run is the proof."""

CPU_MARGIN = 0.25
CPU_RUNTIME_BYTES = 2**28
"""The same on a CPU: a share, and what threads and kernels take at their first use. Measured with the embedded model on
school skills (`scripts/bench/memory.py` measures tensors, this is the process): 1.4 GiB beside an estimate of 5.6 GiB,
0.2 beside 0.9, 0.4 beside 0.6."""

SHORT = 0.7
"""On a CPU the trial run is made where the estimate takes more than this share of what there is."""


@dataclass(frozen=True)
class Decision(Generic[T]):
    """A value with who decided it, and why: a row of WHY in `plan_report`."""

    value: T
    by: By
    why: str = ""


@dataclass(frozen=True)
class Cut:
    """A way to spend less memory on a step without changing its result."""

    accumulation: int
    checkpointing: bool


@dataclass(frozen=True)
class Plan:
    """What was decided for a run, and what it is expected to take.

    Attributes:
        processes: Processes that train together.
        processes_here: Those of them that share this machine's memory.
        sharded: Whether the strategy shares out weights, gradients and optimizer.
        step_rows: Rows of a step: those asked for, or of the whole table where it has fewer.
        batch_shape: Rows and length of the largest micro-batch; None where the data do not tell.
        estimate: None where the step cannot be estimated, and then `no_estimate` says why.
        evaluation_bytes: The peak of the largest evaluation batch; 0 where there is none.
        eval_tokens: The data module's limit of an evaluation batch, lowered where it did not fit.
        budget_bytes: What the run may take of the device's memory, per process.
        lora: Whether adapters learn in place of the weights; None where nobody asked for any.
        ways: What would take less memory, in bytes, where nothing fits.
        proved: Whether the largest batch was run; None where that was not needed or not possible.
    """

    machine: Machine
    tier: Tier
    parameters: int
    trainable: int
    processes: int
    precision: Decision[str]
    accumulation: Decision[int]
    checkpointing: Decision[bool]
    budget_bytes: int
    processes_here: int = 1
    sharded: bool = False
    effective_batch_size: int | None = None
    step_rows: int | None = None
    batch_shape: tuple[int, ...] | None = None
    estimate: Estimate | None = None
    no_estimate: str = ""
    estimate_error: str = ""
    evaluation_bytes: int = 0
    eval_tokens: Decision[int] | None = None
    lora: Decision[bool] | None = None
    ways: Mapping[str, int] = field(default_factory=dict)
    proved: bool | None = None

    @property
    def fits(self) -> bool | None:
        """Whether it ran when it was tried, else whether the estimate is within the budget; None without either."""
        if self.proved:
            return True
        if self.estimate is None:
            return None
        return max(self.estimate.peak_bytes, self.evaluation_bytes) <= self.budget_bytes


def plan_precision(device: Device) -> Decision[str]:
    """Decides the precision that a device computes fastest without losing the result."""
    if device.kind == "cuda":
        if device.bf16:
            return Decision("bf16-mixed", "auto", "card_bf16")
        if device.capability is not None and device.capability >= TENSOR_CORES:
            return Decision("16-mixed", "auto", "card_fp16")
        return Decision("32-true", "auto", "card_old")
    if device.kind == "mps":
        return Decision("32-true", "auto", "mps")
    if not device.bf16:
        return Decision("32-true", "auto", "cpu_fp32")
    if device.bf16_speedup is not None and device.bf16_speedup <= 1:
        return Decision("32-true", "auto", "cpu_bf16_slow")
    return Decision("bf16-mixed", "auto", "cpu_bf16")


def budget(machine: Machine, *, processes_here: int, resident_bytes: int) -> int:
    """Returns the memory that each process may take, with what of the model lies there already.

    Args:
        machine: The weakest of the processes' machines.
        processes_here: Processes that share the memory of a CPU.
        resident_bytes: Weights that are in place and so do not count as free.
    """
    free = machine.device.free_bytes
    if machine.is_gpu:
        return int(free * (1 - MARGIN)) + resident_bytes
    share = int(free / processes_here * (1 - CPU_MARGIN)) - CPU_RUNTIME_BYTES
    return max(0, share) + resident_bytes


def accumulations(effective_batch_size: int, processes: int, *, together: int = 1) -> list[int]:
    """Returns the ways to cut a step: 1, 2, 4, ... micro-batches a process, down to one row each.

    Args:
        effective_batch_size: Rows of a step.
        processes: Processes that share it.
        together: Rows that have to stay in one micro-batch.
    """
    most = -(-effective_batch_size // together) // processes
    if most < 1 and together > 1:
        raise ValueError(
            Message(
                "an effective batch of {rows} rows cannot be shared out to {processes} processes: {together} rows at a "
                "time have to stay on one. Give {least} rows or more, or fewer processes.",
                rows=effective_batch_size,
                processes=processes,
                together=together,
                least=(processes - 1) * together + 1,
            )
        )
    if most < 1:
        raise ValueError(
            Message(
                "an effective batch of {n} row cannot be shared out to {processes} processes: each needs a row. Give "
                "{processes} rows or more, or fewer processes.",
                "an effective batch of {n} rows cannot be shared out to {processes} processes: each needs a row. Give "
                "{processes} rows or more, or fewer processes.",
                n=effective_batch_size,
                processes=processes,
            )
        )
    found = []
    count = 1
    while count < most:
        found.append(count)
        count *= 2
    return [*found, most]


def cuts_to_try(blocks: Sequence[Sequence[Cut]], fits: Callable[[Cut], bool]) -> Iterator[Cut]:
    """Yields the cuts that are worth trying, the gentlest that fits by the estimate first.

    Args:
        blocks: Each in the order of falling memory; a later block costs more time than the one before.
        fits: Whether a cut is within the budget by the estimate; asked only when it matters.

    Yields:
        Where nothing fits by the estimate, the one cut that takes the least.
    """
    none_fits = True
    for block in blocks:
        for cut in block[_first(block, fits) :]:
            none_fits = False
            yield cut
    if none_fits:
        yield blocks[-1][-1]


def _first(block: Sequence[Cut], fits: Callable[[Cut], bool]) -> int:
    """Returns the place of the first cut that fits, or the block's length: memory falls along a block."""
    if fits(block[0]):
        return 0
    if not fits(block[-1]):
        return len(block)
    low, high = 0, len(block) - 1  # the first is too large, the last fits
    while high - low > 1:
        middle = (low + high) // 2
        if fits(block[middle]):
            high = middle
        else:
            low = middle
    return high
