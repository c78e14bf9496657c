"""The memory that a run's steps and evaluations take under one precision and on one kind of device, each counted once.

What `memory_estimate` counts is shared out here, where the strategy shares the model out. Decides nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor

from callbacks.hardware.memory_estimate import Estimate, estimate_evaluation, estimate_training
from callbacks.hardware.plan import Cut
from callbacks.hardware.precision import PLANNED_PRECISIONS, precision_plugin


class StepMemory:
    """What the steps of a module take, asked cut by cut.

    Args:
        module: The built module.
        largest_batch: Gives the largest micro-batch of steps in so many parts, with rows of 1/shorten the length.
        precision: What it computes in.
        processes: Processes that train together.
        sharded: Whether the strategy shares out weights, gradients and optimizer.
        card: Whether it computes on a card.
        why_not: Why nothing can be told, where that is known already: a row of WHY in `plan_report`.
    """

    def __init__(
        self,
        module: LightningModule,
        largest_batch: Callable[[int, int], Any],
        *,
        precision: str,
        processes: int = 1,
        sharded: bool = False,
        card: bool = False,
        why_not: str = "",
    ) -> None:
        self.why_not = why_not
        self.error = ""
        self._module = module
        self._largest_batch = largest_batch
        # on a CPU whatever the run computes on: the dry run has no other kernels
        self._plugin = precision_plugin(precision, "cpu")
        self._processes = processes
        self._sharded = sharded
        self._card = card
        self._estimates: dict[tuple[Cut, int], Estimate | None] = {}
        if not why_not and precision not in PLANNED_PRECISIONS:
            self.why_not = "other_precision"
        elif not why_not and is_shared_out(module):
            self.why_not = "shared_out"  # by a fit before

    @property
    def tells_batches(self) -> bool:
        """Whether the largest batch is known and can be run."""
        return self.why_not in ("", "fails")

    def estimate(self, cut: Cut, *, shorten: int = 1) -> Estimate | None:
        """Returns the memory of a step that is cut so; None where it cannot be told."""
        if self.why_not:
            return None
        if (cut, shorten) not in self._estimates:
            try:
                found = estimate_training(
                    self._module,
                    self._largest_batch(cut.accumulation * self._processes, shorten),
                    self._plugin,
                    accumulates=cut.accumulation > 1,
                    processes=self._processes,
                    checkpointing=cut.checkpointing,
                    card=self._card,
                )
            except Exception as error:  # noqa: BLE001 (without an estimate the run goes on, and the table says why)
                self._give_up(error)
                return None
            self._estimates[cut, shorten] = self._shared_out(self._in_fewer_bits(found), cut)
        return self._estimates[cut, shorten]

    def _in_fewer_bits(self, estimate: Estimate) -> Estimate:
        fewer, beside = self._quantization_bytes
        return replace(
            estimate,
            weights_bytes=estimate.weights_bytes - fewer,
            activations_bytes=estimate.activations_bytes + beside,
        )

    def _shared_out(self, estimate: Estimate, cut: Cut) -> Estimate:
        if not self._sharded:
            return estimate
        share = self._processes
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

    def evaluation_bytes(self, batch: Any, *, beside_bytes: int = 0) -> int:
        """Returns the peak of an evaluation batch, 0 where there is none or it cannot be told.

        Args:
            batch: The largest one, or None.
            beside_bytes: What lies beside the weights: gradients and the optimizer's state.
        """
        if batch is None or self.why_not:
            return 0
        try:
            peak = estimate_evaluation(self._module, batch, self._plugin, card=self._card)
        except Exception as error:  # noqa: BLE001 (as above)
            self._give_up(error)
            return 0
        fewer, more = self._quantization_bytes
        peak += more - fewer
        if self._sharded:
            weights = sum(tensor.nbytes for tensor in (*self._module.parameters(), *self._module.buffers()))
            peak += weights // self._processes - weights
            peak += 0 if beside_bytes else self._gathered_bytes  # else among what lies beside
        return beside_bytes + peak

    @property
    def _quantization_bytes(self) -> tuple[int, int]:
        fewer, beside = getattr(self._module, "quantization_bytes", (0, 0))
        return int(fewer), int(beside)

    @property
    def _gathered_bytes(self) -> int:
        return int(getattr(self._module, "gathered_bytes", 0))

    def _give_up(self, error: Exception) -> None:
        self.why_not = "fails"
        self.error = f"{type(error).__name__}: {error}".splitlines()[0][:200]


def is_shared_out(module: torch.nn.Module) -> bool:
    """Whether parts of a module lie on other processes."""
    # their parameters may be whole at the moment
    in_parts = any(isinstance(part, FSDPModule) for part in module.modules())
    return in_parts or any(isinstance(parameter, DTensor) for parameter in module.parameters())
