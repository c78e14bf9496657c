"""What a run computes: its largest batches and the memory that they take, asked of its module and its data.

What it asks of a data module and a module is optional; where it lacks, only the precision is planned:

    data.effective_batch_size       rows of an optimizer step over all processes and micro-batches
    data.train_rows                 rows to train on; a step has no more
    data.largest_batch(parts, shorten=1)
                                    the batch that takes the most memory of all that training gives where each step
                                    is cut into `parts`; with rows of 1/shorten the length
    data.eval_tokens                how large an evaluation batch may be; may be set to a smaller number
    data.largest_eval_batch()       the largest evaluation batch under that limit, or None
    module.training_loss(batch)     the loss of a batch; nothing is logged and no state changed
    module(batch)                   what an evaluation computes
    module.use_card_kernels()       has it compute as on a card wherever its weights lie; only ever asked of a copy
    module.can_checkpoint_activations
                                    whether it can compute activations anew in the backward pass
    module.checkpoint_activations(on)
                                    does so from now on, or no longer
    module.gathered_bytes           of weights and gradients, what lies in one piece at a time where the processes share
                                    the module out
    module.configure_model()        is called without `device_mesh` first, then with it where there is one
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from torch.nn.parameter import is_lazy

from callbacks.hardware.memory_estimate import Estimate, estimate_evaluation, estimate_training
from callbacks.hardware.plan import Cut, Decision, accumulations
from callbacks.hardware.precision import PLANNED_PRECISIONS, precision_plugin


@dataclass(frozen=True)
class Wishes:
    """What was decided before the plan; None is left to it.

    Attributes:
        precision: With who decided it.
        accumulation: Micro-batches of a step, where fixed.
        checkpointing: Whether activations are computed anew, where fixed.
        processes: Processes that train together.
        processes_here: Those of them that share this machine's memory.
        sharded: Whether the strategy shares out weights, gradients and optimizer.
    """

    precision: Decision[str]
    accumulation: Decision[int] | None = None
    checkpointing: Decision[bool] | None = None
    processes: int = 1
    processes_here: int = 1
    sharded: bool = False


class Workload:
    """The largest batches of a run and the memory that they take, each computed once.

    Args:
        module: The built module.
        data: Its data module, or None.
        wishes: The precision and the processes.
        card: Whether it computes on a card.
    """

    def __init__(self, module: LightningModule, data: Any, wishes: Wishes, *, card: bool) -> None:
        self.module = module
        self.data = data
        self.wishes = wishes
        self.card = card
        # on a CPU whatever the run computes on: the dry run has no other kernels
        self.precision = precision_plugin(wishes.precision.value, "cpu")
        self.checkpoints = False  # whether activations were made to be computed anew here
        self.why_not = ""
        self.error = ""
        self._estimates: dict[tuple[Cut, int], Estimate | None] = {}
        if not callable(getattr(module, "training_loss", None)):
            self.why_not = "no_training_loss"
        elif not (hasattr(data, "effective_batch_size") and callable(getattr(data, "largest_batch", None))):
            self.why_not = "no_largest_batch"
        elif wishes.precision.value not in PLANNED_PRECISIONS:
            self.why_not = "other_precision"
        elif is_shared_out(module):
            self.why_not = "shared_out"  # by a fit before

    @property
    def effective_batch_size(self) -> int | None:
        """Rows of a step, where the data tell."""
        return getattr(self.data, "effective_batch_size", None)

    @property
    def step_rows(self) -> int | None:
        """Rows of a step, which is no larger than the table."""
        rows = self.effective_batch_size
        return rows if rows is None else min(rows, getattr(self.data, "train_rows", rows))

    @property
    def tells_batches(self) -> bool:
        """Whether the largest batch is known and can be run."""
        return self.why_not in ("", "fails")

    @property
    def accumulations(self) -> list[int]:
        """The ways to cut a step, down to one row in each micro-batch; none where the rows are not known."""
        rows = self.effective_batch_size
        return [] if rows is None else accumulations(rows, self.wishes.processes)

    @property
    def can_checkpoint(self) -> bool:
        """Whether activations can be computed anew."""
        return bool(getattr(self.module, "can_checkpoint_activations", False))

    def batch(self, accumulation: int, *, shorten: int = 1) -> Any:
        """Returns the largest micro-batch of steps that are cut so."""
        return self.data.largest_batch(accumulation * self.wishes.processes, shorten=shorten)

    def estimate(self, cut: Cut, *, shorten: int = 1) -> Estimate | None:
        """Returns the memory of a step that is cut so; None where it cannot be told."""
        if self.why_not:
            return None
        if (cut, shorten) not in self._estimates:
            try:
                found = estimate_training(
                    self.module,
                    self.batch(cut.accumulation, shorten=shorten),
                    self.precision,
                    accumulates=cut.accumulation > 1,
                    processes=self.wishes.processes,
                    checkpointing=cut.checkpointing,
                    card=self.card,
                )
            except Exception as error:  # noqa: BLE001 (without an estimate the run goes on, and the table says why)
                self._give_up(error)
                return None
            self._estimates[cut, shorten] = self._shared_out(found, cut)
        return self._estimates[cut, shorten]

    def _shared_out(self, estimate: Estimate, cut: Cut) -> Estimate:
        if not self.wishes.sharded:
            return estimate
        share = self.wishes.processes
        gradients = estimate.gradients_bytes // share
        # Where no gradient is there yet, more activations are than at the peak that was counted: that had both. With
        # fewer gradients the peak may be there; how much that is at the most is known
        hidden = 0 if cut.accumulation > 1 else estimate.gradients_bytes - gradients
        return replace(
            estimate,
            weights_bytes=estimate.weights_bytes // share,
            gradients_bytes=gradients,
            optimizer_bytes=estimate.optimizer_bytes // share,
            buckets_bytes=self._gathered_bytes,
            activations_bytes=estimate.activations_bytes + hidden,
        )

    def evaluation_batch(self) -> Any:
        """Returns the largest evaluation batch, or None."""
        largest: Any = getattr(self.data, "largest_eval_batch", None)
        known = callable(largest) and hasattr(self.data, "eval_tokens") and self.tells_batches
        return largest() if known else None

    def evaluation_bytes(self, beside_bytes: int = 0) -> int:
        """Returns the peak of the largest evaluation batch, 0 where there is none or it cannot be told.

        Args:
            beside_bytes: What lies beside the weights: gradients and the optimizer's state.
        """
        batch = self.evaluation_batch()
        if batch is None or self.why_not:
            return 0
        try:
            peak = estimate_evaluation(self.module, batch, self.precision, card=self.card)
        except Exception as error:  # noqa: BLE001 (as above)
            self._give_up(error)
            return 0
        if self.wishes.sharded:
            weights = sum(tensor.nbytes for tensor in (*self.module.parameters(), *self.module.buffers()))
            peak += weights // self.wishes.processes - weights
            peak += 0 if beside_bytes else self._gathered_bytes  # else among what lies beside
        return beside_bytes + peak

    @property
    def _gathered_bytes(self) -> int:
        return int(getattr(self.module, "gathered_bytes", 0))

    def _give_up(self, error: Exception) -> None:
        self.why_not = "fails"
        self.error = f"{type(error).__name__}: {error}".splitlines()[0][:200]


def is_shared_out(module: torch.nn.Module) -> bool:
    """Whether parts of a module lie on other processes."""
    # their parameters may be whole at the moment
    in_parts = any(isinstance(part, FSDPModule) for part in module.modules())
    return in_parts or any(isinstance(parameter, DTensor) for parameter in module.parameters())


def resident_bytes(module: torch.nn.Module, kind: str) -> int:
    """Returns the bytes of a module that lie on devices of a kind already."""
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.nbytes for tensor in tensors if not is_lazy(tensor) and tensor.device.type == kind)


def all_float32(module: torch.nn.Module) -> bool:
    """Whether every parameter that learns is float32."""
    return all(p.dtype == torch.float32 for p in module.parameters() if p.requires_grad)


def count_parameters(module: torch.nn.Module) -> tuple[int, int]:
    """Returns the parameters of a module, and how many of them learn; what has no shape yet does not count."""
    sizes = [(p.numel(), p.requires_grad) for p in module.parameters() if not is_lazy(p)]
    return sum(size for size, _ in sizes), sum(size for size, learns in sizes if learns)
