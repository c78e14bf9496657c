"""What HardwareTier changes on a Trainer, its module and its data, and what the Trainer had before. Decides nothing."""

from dataclasses import dataclass

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.plugins.precision import Precision
from lightning.pytorch.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy, Strategy
from lightning.pytorch.utilities.model_helpers import is_overridden

from callbacks.hardware.plan import Decision
from callbacks.hardware.precision import precision_plugin
from callbacks.hardware.workload import Workload
from callbacks.language.say import Message

OWN_PRECISION = (FSDPStrategy, DeepSpeedStrategy)
"""Strategies that refuse Lightning's plug-ins."""

SHARING = (*OWN_PRECISION, ModelParallelStrategy)
"""Strategies that lay no whole model on any device."""


def brings_own_precision(strategy: Strategy) -> bool:
    """Whether a strategy has a precision plug-in of its own."""
    return isinstance(strategy, OWN_PRECISION)


def shares_model_out(strategy: Strategy) -> bool:
    """Whether each process keeps a part of the weights, gradients and optimizer's averages."""
    return isinstance(strategy, SHARING)


def scales_float16(strategy: Strategy) -> bool:
    """Whether `16-mixed` can be set: Lightning has no scaler for a model whose parts lie on other processes."""
    return not isinstance(strategy, ModelParallelStrategy)


@dataclass(frozen=True)
class Before:
    """What a Trainer had before this callback changed it: `setup` comes again for each stage and each fit."""

    plugin: Precision
    accumulation: int
    limit_train_batches: int | float
    val_check_interval: int | float | None

    @classmethod
    def by(cls, trainer: Trainer) -> "Before":
        """Returns what a Trainer has."""
        return cls(
            trainer.precision_plugin,
            trainer.accumulate_grad_batches,
            trainer.limit_train_batches,
            trainer.val_check_interval,
        )


def set_precision(trainer: Trainer, precision: Decision[str]) -> None:
    """Gives the Trainer the plug-in of a precision that was decided for it."""
    if precision.by in ("auto", "callback") and trainer.precision_plugin.precision != precision.value:
        device_type = trainer.strategy.root_device.type
        trainer.strategy.precision_plugin = precision_plugin(precision.value, device_type)


def set_accumulation(trainer: Trainer, before: Before, accumulation: Decision[int]) -> None:
    """Sets the micro-batches of a step; limits that count batches go on meaning as many steps."""
    trainer.accumulate_grad_batches = accumulation.value
    of_ours = accumulation.by == "auto" and not trainer.fast_dev_run  # type: ignore[attr-defined]
    factor = accumulation.value if of_ours else 1
    if isinstance(before.limit_train_batches, int):
        trainer.limit_train_batches = before.limit_train_batches * factor
    if isinstance(before.val_check_interval, int):
        trainer.val_check_interval = before.val_check_interval * factor


def build(trainer: Trainer, module: LightningModule) -> None:
    """Builds the module now, as Lightning does a moment later: `configure_model` may be called again.

    Only one that is to be planned for: others may build from what their own `setup` finds, which comes after this. It
    is built whole, without the mesh of processes, for its memory to be counted; Lightning has it shared out then.
    """
    if is_overridden("configure_model", module) and hasattr(module, "training_loss"):
        strategy = trainer.strategy
        mesh, module._device_mesh = module._device_mesh, None
        try:
            with (
                strategy.tensor_init_context(),
                strategy.model_sharded_context(),
                trainer.precision_plugin.module_init_context(),
            ):
                module.configure_model()
        finally:
            module._device_mesh = mesh


def checkpoint_activations(work: Workload, checkpointing: Decision[bool]) -> None:
    """Has the module compute its activations anew, or keep them.

    Raises:
        ValueError: It is to and cannot.
    """
    if checkpointing.value == work.checkpoints and checkpointing.by == "auto":
        return  # what the user has set in the model stays
    if work.can_checkpoint:
        work.module.checkpoint_activations(checkpointing.value)  # type: ignore[operator]
        work.checkpoints = checkpointing.value
    elif checkpointing.value:
        raise ValueError(
            Message(
                "HardwareTier(activation_checkpointing=True): {module} cannot compute its activations anew. Leave it "
                "at auto.",
                module=type(work.module).__name__,
            )
        )


def limit_evaluation(work: Workload, tokens: Decision[int] | None) -> bool:
    """Sets the data's limit of an evaluation batch; returns whether that is another one than before."""
    if tokens is None or tokens.value == work.eval_tokens:
        return False
    work.data.eval_tokens = tokens.value
    return True
