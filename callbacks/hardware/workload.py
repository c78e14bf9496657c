"""What a run computes: its module, its largest batches and their memory, asked of the module and the data.

What it asks of a data module and a module is optional; where it lacks, only the precision is planned:

    data.effective_batch_size       rows of an optimizer step over all processes and micro-batches
    data.rows_together              rows of a step that have to stay in one micro-batch; 1 where it lacks
    data.train_rows                 rows to train on; a step has no more
    data.largest_batch(parts, shorten=1)
                                    the batch that takes the most memory of all that training gives where each step
                                    is cut into `parts`; with rows of 1/shorten the length
    data.eval_tokens                how large an evaluation batch may be; may be set to a smaller number, and back
    data.largest_eval_batch()       the largest evaluation batch under that limit, or None
    module.training_loss(batch)     the loss of a batch; nothing is logged and no state changed
    module(batch)                   what an evaluation computes
    module.use_card_kernels()       has it compute as on a card wherever its weights lie; only ever asked of a copy
    module.can_checkpoint_activations
                                    whether it can compute activations anew in the backward pass
    module.checkpoint_activations(on)
                                    does so from now on, or no longer
    module.can_adapt                whether it can be given adapters (LoRA): weights stay, few numbers beside them learn
    module.adapt()                  gives it adapters; the module keeps what they are in `hparams["lora"]`
    module.quantization_bytes       where its weights will be kept in fewer bits than here: by how many bytes they are
                                    fewer then, and how many lie beside the activations to compute with them
    module.gathered_bytes           of weights and gradients, what lies in one piece at a time where the processes share
                                    the module out
    module.takes_steps              False where a fit ends before its first step: then it is planned as an evaluation
    module.configure_model()        is called without `device_mesh` first, then with it where there is one
"""

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch.nn.parameter import is_lazy

from callbacks.hardware.memory_estimate import adapted_copy
from callbacks.hardware.plan import Plan, accumulations
from callbacks.hardware.step_memory import StepMemory


class Workload:
    """What is to be trained, or only evaluated, as far as a plan asks.

    Args:
        module: The built module.
        data: Its data module, or None.
        trains: Whether steps are to be planned; evaluations always are.
    """

    def __init__(self, module: LightningModule, data: Any, *, trains: bool = True) -> None:
        self.module = module
        self.data = data
        self.trains = trains
        self.checkpoints = False  # whether activations were made to be computed anew here
        self._look()

    def _look(self) -> None:
        self.parameters, self.trainable = count_parameters(self.module)
        self.float32 = all_float32(self.module)
        self._memories: dict[tuple[Any, ...], StepMemory] = {}

    @property
    def effective_batch_size(self) -> int | None:
        """Rows of a step, where steps are planned and the data tell."""
        return getattr(self.data, "effective_batch_size", None) if self.trains else None

    @property
    def step_rows(self) -> int | None:
        """Rows of a step, which is no larger than the table."""
        rows = self.effective_batch_size
        return rows if rows is None else min(rows, getattr(self.data, "train_rows", rows))

    @property
    def can_checkpoint(self) -> bool:
        """Whether activations can be computed anew."""
        return bool(getattr(self.module, "can_checkpoint_activations", False))

    @property
    def can_adapt(self) -> bool:
        """Whether adapters can be put into the module."""
        return bool(getattr(self.module, "can_adapt", False))

    def adapt(self) -> None:
        """Puts adapters into the module: from now on they learn in place of its weights."""
        self.module.adapt()  # type: ignore[operator]
        self._look()

    def adapted(self) -> "Workload":
        """Returns the same work of a copy with adapters and without content.

        Raises:
            Exception: The module cannot be copied, or takes none, and says so in its own way.
        """
        return Workload(adapted_copy(self.module), self.data, trains=self.trains)

    @property
    def eval_tokens(self) -> int | None:
        """How large an evaluation batch may be; None where the data do not tell their largest."""
        told = callable(getattr(self.data, "largest_eval_batch", None))
        return getattr(self.data, "eval_tokens", None) if told else None

    def accumulations(self, processes: int) -> list[int]:
        """Returns the ways to cut a step, down to one row in each micro-batch; none where the rows are not known."""
        rows = self.effective_batch_size
        together = getattr(self.data, "rows_together", 1)
        return [] if rows is None else accumulations(rows, processes, together=together)

    def batch(self, parts: int, shorten: int = 1) -> Any:
        """Returns the largest micro-batch of steps that are cut into so many, over all processes."""
        return self.data.largest_batch(parts, shorten=shorten)

    def evaluation_batch(self, tokens: int) -> Any:
        """Returns the largest evaluation batch under a limit, or None; the data's own limit stays as it is."""
        own = self.data.eval_tokens
        if tokens == own:
            return self.data.largest_eval_batch()
        self.data.eval_tokens = tokens
        try:
            return self.data.largest_eval_batch()
        finally:
            self.data.eval_tokens = own

    def memory(self, plan: Plan) -> StepMemory:
        """Returns what its steps take as a plan has them run; what was counted before is still known."""
        conditions: dict[str, Any] = {
            "precision": plan.precision.value,
            "processes": plan.processes,
            "sharded": plan.sharded,
            "card": plan.machine.is_gpu,
        }
        key = tuple(conditions.values())
        if key not in self._memories:
            self._memories[key] = StepMemory(self.module, self.batch, why_not=self._lacks(), **conditions)
        return self._memories[key]

    def resident_bytes(self, kind: str) -> int:
        """Returns the bytes of the module that lie on devices of a kind already."""
        tensors = [*self.module.parameters(), *self.module.buffers()]
        return sum(tensor.nbytes for tensor in tensors if not is_lazy(tensor) and tensor.device.type == kind)

    def _lacks(self) -> str:
        if not callable(getattr(self.module, "training_loss", None)):
            return "no_training_loss"
        tells = hasattr(self.data, "effective_batch_size") and callable(
            getattr(self.data, "largest_batch", None)
        )
        return "" if tells else "no_largest_batch"


def all_float32(module: torch.nn.Module) -> bool:
    """Whether every parameter that learns is float32."""
    return all(p.dtype == torch.float32 for p in module.parameters() if p.requires_grad)


def count_parameters(module: torch.nn.Module) -> tuple[int, int]:
    """Returns the parameters of a module, and how many of them learn; what has no shape yet does not count."""
    sizes = [(p.numel(), p.requires_grad) for p in module.parameters() if not is_lazy(p)]
    return sum(size for size, _ in sizes), sum(size for size, learns in sizes if learns)
