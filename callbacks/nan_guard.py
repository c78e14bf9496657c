"""NanGuard: stops the training where its loss is no number, or leaves that step out. Looks at no gradient."""

import warnings
from typing import Any, Literal

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor
from torch.optim import Optimizer
from typing_extensions import override

from callbacks.agreement import agreed
from callbacks.language.say import Message, joined, note, say
from callbacks.metrics.seen_loss import SeenLoss, first_bad

SHOWN = 5
"""Steps left out that are told one by one."""

HOPELESS = 20
"""Steps left out one after the other, after which nothing would be learned any more."""


class NonFiniteLossError(ValueError):
    """The training loss was NaN or infinite."""


class NanGuard(Callback):
    """Stops the training when its loss is NaN or infinite, and says which rows did it; or leaves such steps out.

    A step whose loss is no number would break the weights for good. By default the training stops before that; on a
    single GPU, which is not made to wait for it, one step later but before a validation and before the state is
    saved (only a checkpoint of weights alone that is written by the number of steps may come before). To leave a step
    out, the loss is waited for on every device; the step then changes neither weights nor the optimizer's state, and
    counts as taken. Under several processes all do the same. With scaled gradients (`16-mixed`), where infinite ones
    are normal, they are left to the scaler.

    A data module may have a method `whereabouts(batch) -> str`, which says in words where a batch comes from. Without
    it the numbers in the batch's `row` are told, where it has them. Logs no key.

    Args:
        on_nan: `stop` ends the training with an error; `skip` leaves the step out, warns, and ends it only after 20
            such steps in a row.
    """

    def __init__(self, on_nan: Literal["stop", "skip"] = "stop") -> None:
        if on_nan not in ("stop", "skip"):
            raise ValueError(Message("NanGuard(on_nan={given!r}): on_nan is 'stop' or 'skip'.", given=on_nan))
        self.on_nan = on_nan
        self.skipped = 0
        self._in_a_row = 0
        self._batch: tuple[Any, int] = (None, 0)
        self._step: list[SeenLoss] = []  # of the step that is being made
        self._late: list[SeenLoss] = []  # of the step before, where the GPU was not waited for

    # ---- hooks ----------------------------------------------------------------------------------------------

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._forget()  # of a fit that an error ended
        if stage != "fit":
            return
        if self.on_nan == "skip" and trainer.gradient_clip_val and trainer.gradient_clip_algorithm == "value":
            raise ValueError(
                Message(
                    "NanGuard(on_nan='skip') leaves a step without gradients, and torch cannot clip none by value: "
                    "clip by norm (Trainer(gradient_clip_algorithm='norm')), or give NanGuard(on_nan='stop')."
                )
            )
        if trainer.global_step == 0:  # else this Trainer goes on
            self.skipped = self._in_a_row = 0

    @override
    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._batch = batch, batch_idx

    # In float16 the loss comes times the scaler's scale: still NaN where it is NaN, infinite only from about 1e33 on

    @override
    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        batch, batch_idx = self._batch
        self._step.append(SeenLoss.of(loss, trainer, batch=batch, batch_idx=batch_idx))

    @override
    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        step, self._step = self._step, []
        if self._may_be_late(trainer, pl_module):
            self._check_late(trainer)
            self._late = step
            return
        bad = first_bad(step)
        if not agreed(trainer, bad is not None):
            self._in_a_row = 0
        elif self.on_nan == "stop":
            raise NonFiniteLossError(joined([told(bad, trainer), remedy(pl_module, trainer)], ". "))
        else:
            self._count(trainer, pl_module, bad)
            leave_out(trainer, pl_module, optimizer)

    # Nothing may be made of weights that a step has broken: neither a measurement nor a checkpoint

    @override
    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._check_late(trainer)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._check_late(trainer)

    @override
    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self._check_late(trainer)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.skipped:
            note(
                "NanGuard left out {skipped:,} of {n:,} optimizer step, whose loss was no number.",
                "NanGuard left out {skipped:,} of {n:,} optimizer steps, whose loss was no number.",
                n=trainer.global_step,
                skipped=self.skipped,
            )

    @override
    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._forget()

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"skipped": self.skipped, "in_a_row": self._in_a_row}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.skipped, self._in_a_row = state_dict["skipped"], state_dict["in_a_row"]

    # ---- what they do ---------------------------------------------------------------------------------------

    def _may_be_late(self, trainer: Trainer, module: LightningModule) -> bool:
        # several processes agree on each step, and that waits for the GPU anyway
        return self.on_nan == "stop" and module.device.type == "cuda" and trainer.world_size == 1

    def _check_late(self, trainer: Trainer) -> None:
        bad = first_bad(self._late)
        if bad is not None:  # and is not forgotten: whoever saves on an error is refused too
            raise NonFiniteLossError(joined([told(bad, trainer), REMEDY], ". "))
        self._late = []

    def _count(self, trainer: Trainer, module: LightningModule, bad: SeenLoss | None) -> None:
        """Counts a step that is left out and tells it, or ends a training that has come to nothing."""
        self.skipped += 1
        self._in_a_row += 1
        if self._in_a_row >= HOPELESS:
            raise NonFiniteLossError(
                Message(
                    "{steps} optimizer steps in a row had to be left out, so nothing is learned any more: {loss}. "
                    "{remedy}",
                    steps=HOPELESS,
                    loss=told(bad, trainer),
                    remedy=remedy(module, trainer),
                )
            )
        if bad is not None and self.skipped <= SHOWN:
            text = say(
                "NanGuard leaves a step out: {loss}. Further ones are only counted."
                if self.skipped == SHOWN
                else "NanGuard leaves a step out: {loss}.",
                loss=told(bad, trainer),
            )
            warnings.warn(text, stacklevel=2)

    def _forget(self) -> None:
        self._batch, self._step, self._late = (None, 0), [], []


REMEDY = Message(
    "A lower learning rate is the usual cure; a loss function of one's own may divide by zero or take its "
    "logarithm. NanGuard(on_nan='skip'), or --on_nan skip, leaves such steps out."
)

BROKEN = Message(
    "The weights were no numbers any more before this step: a step before it broke them, although its loss was "
    "finite, and the rows named here need not be the cause."
)


def leave_out(trainer: Trainer, module: LightningModule, optimizer: Optimizer) -> None:
    """Makes the optimizer's step do nothing: without a gradient there is neither decay nor momentum."""
    scaled = getattr(trainer.precision_plugin, "scaler", None) is not None
    by_scaler = scaled and getattr(optimizer, "_step_supports_amp_scaling", False)
    for parameter in module.parameters():
        if not by_scaler:
            parameter.grad = None
        elif parameter.grad is not None:
            # such an optimizer is first asked in its step whether there is an infinite gradient, and needs one
            parameter.grad.fill_(float("nan"))


def told(bad: SeenLoss | None, trainer: Trainer) -> Message:
    """Returns what was met, in words."""
    if bad is not None:
        return bad.described(trainer)
    return Message(
        "another process met a training loss that is no number in optimizer step {step}",
        step=trainer.global_step + 1,
    )


def remedy(module: LightningModule, trainer: Trainer) -> Message:
    """Returns what to do, and, where it can be seen, that the rows are not to blame."""
    # sharded weights are on several processes: there it is not asked
    broken = trainer.world_size == 1 and not all(bool(each.isfinite().all()) for each in module.parameters())
    return joined([BROKEN, REMEDY]) if broken else REMEDY
