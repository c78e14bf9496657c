"""EarlyStopping: Lightning's, except that its state is progress only and that it says why it stopped."""

from typing import Any, Literal

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping as LightningEarlyStopping
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason
from typing_extensions import override

from callbacks.language.say import Message, note
from callbacks.metrics.margin import check_margin, margin_now
from callbacks.metrics.monitored import check_mode, check_monitored, monitored_by


class EarlyStopping(LightningEarlyStopping):
    """Stops training when a metric has stopped improving.

    Where it differs from Lightning's own: a resumed run takes `patience` and all other settings from the new
    command line and only the progress (validations waited, best value) from the checkpoint; a run that
    resumes when it had already waited long enough stops at once and says so; the check comes with the
    validation, so that a checkpoint written there already holds it. Logs no key.

    Args:
        monitor: Name of the metric to watch, as the model logs it, for example `val/loss`; left out, the one that the
            model names by its attribute `monitored`, or `val/loss`.
        mode: `min` when a smaller value of the metric is better, `max` when a larger one is; left out, that of the
            metric that the model names, else `min`.
        patience: How many validations in a row without improvement to wait before stopping (at least 1).
        min_delta: A change of this size or less does not count as an improvement.
        margin: How much worse than the best a validation may be and still not count as one without improvement. Left
            out, what the model logs as noise of the metric (its name with `_noise` behind), where it does.
        check_finite: Stop as soon as the metric is NaN or infinite.
        stopping_threshold: Stop as soon as the metric is better than this value.
        divergence_threshold: Stop as soon as the metric is worse than this value.
        check_on_train_epoch_end: Check at the end of the training epoch in place of the end of validation,
            for metrics of the training itself and runs without validation.
    """

    def __init__(
        self,
        monitor: str | None = None,
        mode: Literal["min", "max"] | None = None,
        *,
        patience: int = 3,
        min_delta: float = 0.0,
        margin: float | None = None,
        check_finite: bool = True,
        stopping_threshold: float | None = None,
        divergence_threshold: float | None = None,
        check_on_train_epoch_end: bool = False,
    ) -> None:
        if mode is not None:
            check_mode("EarlyStopping", mode)
        if patience < 1:
            raise ValueError(
                Message(
                    "EarlyStopping(patience={given!r}): give 1 or more validations to wait.", given=patience
                )
            )
        check_margin("EarlyStopping", margin)
        if min_delta < 0:
            raise ValueError(Message("EarlyStopping(min_delta={given!r}): give 0 or more.", given=min_delta))
        super().__init__(
            monitor=monitor or "",
            min_delta=min_delta,
            patience=patience,
            mode=mode or "min",
            check_finite=check_finite,
            stopping_threshold=stopping_threshold,
            divergence_threshold=divergence_threshold,
            check_on_train_epoch_end=check_on_train_epoch_end,
        )
        self._asked_for = monitor, mode
        self.margin = margin
        self._margin_now = 0.0
        self.best_epoch: int | None = None  # counted from 0, as Lightning does; None before the first check
        self._asked: tuple[int, float] | None = None  # validations waited and value when it asked to stop

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        super().setup(trainer, pl_module, stage)
        if stage != "fit":
            return
        if self._asked_for[0] is None:
            self._take(*monitored_by(pl_module))
        if not self._check_on_train_epoch_end and not trainer.enable_validation:
            raise ValueError(
                Message(
                    "EarlyStopping(monitor={monitor!r}) checks after each validation and this run has none (no "
                    "validation data, no validation_step, or limit_val_batches=0). Give validation data, switch early "
                    "stopping off, or watch a training metric with check_on_train_epoch_end=True.",
                    monitor=self.monitor,
                )
            )
        check_monitored("EarlyStopping", self.monitor, mode=self.mode, trainer=trainer, module=pl_module)

    def _take(self, monitor: str, mode: str) -> None:
        """Watches the metric that the module names, the other way round where that is better."""
        self.monitor, before, self.mode = monitor, self.mode, self._asked_for[1] or mode
        if self.mode in ("min", "max") and self.mode != before:
            self.min_delta, self.best_score = -self.min_delta, -self.best_score

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # The checkpoint may be from the very validation that ended the wait: one epoch more would not be the
        # same run
        waited = max(self.wait_count, 0 if self._asked is None else self._asked[0])
        by_waiting = waited >= self.patience
        why = self._waited(waited) if by_waiting else self._met()
        if why is None:
            return
        trainer.should_stop = True
        if not trainer.fit_loop._can_stop_early:
            return  # there are steps or epochs that are to be trained all the same
        note(
            "{why} That was before this checkpoint was written, so nothing is left to train. To train on, raise "
            "patience above {waited} or switch early stopping off."
            if by_waiting
            else "{why} That was before this checkpoint was written, so nothing is left to train. To train on, change "
            "what ended it or switch early stopping off.",
            why=why,
            waited=waited,
        )

    def _beyond(self, value: torch.Tensor, threshold: float | None) -> bool:
        return threshold is not None and bool(self.monitor_op(value, threshold))

    @override
    def state_dict(self) -> dict[str, Any]:
        return {
            "wait_count": self.wait_count,
            "stopped_epoch": self.stopped_epoch,
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "stopping_reason": self.stopping_reason.value,
            "stopping_reason_message": self.stopping_reason_message,
            "asked": None if self._asked is None else list(self._asked),
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.wait_count = state_dict["wait_count"]
        self.stopped_epoch = state_dict["stopped_epoch"]
        self.best_score = state_dict["best_score"]
        # Lightning's own class shares our state key and does not know the epoch
        self.best_epoch = state_dict.get("best_epoch")
        self.stopping_reason = EarlyStoppingReason(state_dict["stopping_reason"])
        self.stopping_reason_message = state_dict["stopping_reason_message"]
        asked = state_dict.get("asked")
        self._asked = None if asked is None else (asked[0], asked[1])

    @override
    def _run_early_stopping_check(self, trainer: Trainer) -> None:
        if trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        self._check_metric_exists(trainer)
        best_before = self.best_score
        already_stopping = trainer.should_stop
        self._margin_now = margin_now(self.margin, self.monitor, trainer)
        super()._run_early_stopping_check(trainer)
        if self.best_score is not best_before:
            self.best_epoch = trainer.current_epoch
        if trainer.should_stop and not already_stopping:
            self._asked = self.wait_count, float(trainer.callback_metrics[self.monitor])
            note(self._why_stopped(trainer))

    @override
    def _evaluate_stopping_criteria(self, current: torch.Tensor) -> tuple[bool, str | None]:
        if 0 < self._margin_now >= abs(float(current) - float(self.best_score)):
            self.wait_count = -1  # it counts one more, unless the value is the best: this one does not count
        return super()._evaluate_stopping_criteria(current)

    def _check_metric_exists(self, trainer: Trainer) -> None:
        if self.monitor in trainer.callback_metrics:
            return
        raise ValueError(
            Message(
                "EarlyStopping(monitor={monitor!r}): no metric of that name was logged. Logged so far: {logged}. Set "
                "monitor to one of these (and mode to min or max), or switch early stopping off.",
                monitor=self.monitor,
                logged=", ".join(sorted(trainer.callback_metrics)) or Message("none at all"),
            )
        )

    def _why_stopped(self, trainer: Trainer) -> Message:
        if self.stopping_reason is EarlyStoppingReason.PATIENCE_EXHAUSTED:
            return Message(
                "{why} Training stops after epoch {epoch}.",
                why=self._waited(self.wait_count),
                epoch=trainer.current_epoch + 1,
            )
        # without a reason another rank decided: the metric was not reduced
        met = None if self.stopping_reason_message is None else self._met()
        return met or Message(
            "Early stopping: another process stopped on its own value of {metric}.", metric=self.monitor
        )

    def _waited(self, validations: int) -> Message:
        return Message(
            "Early stopping: {metric} has not {improved} {best:.4f}{where} in the last validation (patience "
            "{patience}).",
            "Early stopping: {metric} has not {improved} {best:.4f}{where} in the last {n} validations (patience "
            "{patience}).",
            metric=self.monitor,
            improved=Message("risen above") if self.monitor_op is torch.gt else Message("fallen below"),
            best=float(self.best_score),
            where=""
            if self.best_epoch is None
            else Message(" (the best, epoch {epoch})", epoch=self.best_epoch + 1),
            n=validations,
            patience=self.patience,
        )

    def _met(self) -> Message | None:
        """Returns what the value that ended the training before meets of the settings of now; None for nothing."""
        if self._asked is None:
            return None
        metric, value = self.monitor, torch.tensor(self._asked[1])
        stop, diverge = self.stopping_threshold, self.divergence_threshold
        if self.check_finite and not bool(value.isfinite()):
            return Message(
                "Early stopping: {metric} = {value} is not finite.", metric=metric, value=value.item()
            )
        if self._beyond(value, stop):
            return Message(
                "Early stopping: {metric} = {value:.4g} is better than stopping_threshold, {threshold}.",
                metric=metric,
                value=value.item(),
                threshold=stop,
            )
        if self._beyond(-value, None if diverge is None else -diverge):
            return Message(
                "Early stopping: {metric} = {value:.4g} is worse than divergence_threshold, {threshold}.",
                metric=metric,
                value=value.item(),
                threshold=diverge,
            )
        return None
