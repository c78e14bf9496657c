"""EarlyStopping: Lightning's, except that its state is progress only and that it says why it stopped."""

from typing import Any, Literal

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping as LightningEarlyStopping
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason
from lightning_utilities.core.rank_zero import rank_zero_info
from typing_extensions import override

from callbacks.metrics.monitored import check_monitored


class EarlyStopping(LightningEarlyStopping):
    """Stops training when a metric has stopped improving.

    Where it differs from Lightning's own: a resumed run takes `patience` and all other settings from the new
    command line and only the progress (validations waited, best value) from the checkpoint; a run that
    resumes when it had already waited long enough stops at once and says so; the check comes with the
    validation, so that a checkpoint written there already holds it. Logs no key.

    Args:
        monitor: Name of the metric to watch, as the model logs it, for example `val/loss`.
        mode: `min` when a smaller value of the metric is better, `max` when a larger one is.
        patience: How many validations in a row without improvement to wait before stopping (at least 1).
        min_delta: A change of this size or less does not count as an improvement.
        check_finite: Stop as soon as the metric is NaN or infinite.
        stopping_threshold: Stop as soon as the metric is better than this value.
        divergence_threshold: Stop as soon as the metric is worse than this value.
        check_on_train_epoch_end: Check at the end of the training epoch in place of the end of validation,
            for metrics of the training itself and runs without validation.
    """

    def __init__(
        self,
        monitor: str,
        mode: Literal["min", "max"] = "min",
        *,
        patience: int = 3,
        min_delta: float = 0.0,
        check_finite: bool = True,
        stopping_threshold: float | None = None,
        divergence_threshold: float | None = None,
        check_on_train_epoch_end: bool = False,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"EarlyStopping(mode={mode!r}): mode is 'min' or 'max'.")
        if patience < 1:
            raise ValueError(f"EarlyStopping(patience={patience}): give 1 or more validations to wait.")
        if min_delta < 0:
            raise ValueError(f"EarlyStopping(min_delta={min_delta}): give 0 or more.")
        super().__init__(
            monitor=monitor,
            min_delta=min_delta,
            patience=patience,
            mode=mode,
            check_finite=check_finite,
            stopping_threshold=stopping_threshold,
            divergence_threshold=divergence_threshold,
            check_on_train_epoch_end=check_on_train_epoch_end,
        )
        self.best_epoch: int | None = None  # counted from 0, as Lightning does; None before the first check
        self._asked: tuple[int, float] | None = None  # validations waited and value when it asked to stop

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        super().setup(trainer, pl_module, stage)
        if stage != "fit":
            return
        if not self._check_on_train_epoch_end and not trainer.enable_validation:
            raise ValueError(
                f"EarlyStopping(monitor={self.monitor!r}) checks after each validation and this run has none "
                "(no validation data, no validation_step, or limit_val_batches=0). Give validation data, "
                "switch early stopping off, or watch a training metric with check_on_train_epoch_end=True."
            )
        check_monitored("EarlyStopping", self.monitor, mode=self.mode, trainer=trainer, module=pl_module)

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # The checkpoint may be from the very validation that ended the wait: one epoch more would not be the
        # same run
        waited = self.wait_count >= self.patience
        if not waited and not self._stops_again():
            return
        trainer.should_stop = True
        if not trainer.fit_loop._can_stop_early:
            return  # there are steps or epochs that are to be trained all the same
        why = self._waited() if waited else f"Early stopping: {self.stopping_reason_message}"
        how = f"raise patience above {self.wait_count}" if waited else "change what ended it"
        rank_zero_info(
            f"{why} That was before this checkpoint was written, so nothing is left to train. To train on, {how} or "
            "switch early stopping off."
        )

    def _stops_again(self) -> bool:
        """Whether what ended the training before ends it by the settings of now, too."""
        if self._asked is None:
            return False
        waited, value = self._asked[0], torch.tensor(self._asked[1])
        return (
            waited >= self.patience
            or (self.check_finite and not bool(value.isfinite()))
            or self._beyond(value, self.stopping_threshold)
            or self._beyond(-value, None if self.divergence_threshold is None else -self.divergence_threshold)
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
        super()._run_early_stopping_check(trainer)
        if self.best_score is not best_before:
            self.best_epoch = trainer.current_epoch
        if trainer.should_stop and not already_stopping:
            self._asked = self.wait_count, float(trainer.callback_metrics[self.monitor])
            rank_zero_info(self._why_stopped(trainer))

    def _check_metric_exists(self, trainer: Trainer) -> None:
        if self.monitor in trainer.callback_metrics:
            return
        logged = ", ".join(sorted(trainer.callback_metrics)) or "none at all"
        raise ValueError(
            f"EarlyStopping(monitor={self.monitor!r}): no metric of that name was logged. Logged so far: "
            f"{logged}. Set monitor to one of these (and mode to min or max), or switch early stopping off."
        )

    def _why_stopped(self, trainer: Trainer) -> str:
        if self.stopping_reason is EarlyStoppingReason.PATIENCE_EXHAUSTED:
            return f"{self._waited()} Training stops after epoch {trainer.current_epoch + 1}."
        if self.stopping_reason_message is None:  # another rank decided: the metric was not reduced
            return f"Early stopping: another process stopped on its own value of {self.monitor}."
        return f"Early stopping: {self.stopping_reason_message}"

    def _waited(self) -> str:
        better = "risen above" if self.monitor_op is torch.gt else "fallen below"
        where = "" if self.best_epoch is None else f" (the best, epoch {self.best_epoch + 1})"
        return (
            f"Early stopping: {self.monitor} has not {better} {float(self.best_score):.4f}{where} "
            f"in the last {self.wait_count} validations (patience {self.patience})."
        )
