"""BestCheckpoint: Lightning's ModelCheckpoint, set to keep one file of the best weights in the run folder."""

import math
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor
from typing_extensions import override

from callbacks.language.say import Message
from callbacks.metrics.margin import check_margin, margin_now
from callbacks.metrics.monitored import check_mode, check_monitored, monitored_by
from callbacks.run_folder import run_folder
from callbacks.saving.checkpoint_io import write_checkpoints_whole
from callbacks.saving.sharded_checkpoint import in_one_file


def moved_state(state: dict[str, Any], folder: str) -> dict[str, Any]:
    """The state of a ModelCheckpoint with the paths of those of its files alone that lie in `folder` now.

    A path elsewhere may be another's choice, and what Lightning takes for an earlier best it loads, or removes. And it
    forgets the best score when the folder's name has changed in any way (moved, or given as a
    relative path the first time), and the first validation after a resume then overwrites a better
    checkpoint.
    """

    def here(old: str) -> str:
        new = os.path.join(folder, Path(old).name)  # noqa: PTH118
        return new if old and Path(new).is_file() else ""

    best = here(state["best_model_path"])
    return {
        **state,
        "dirpath": folder if best else state.get("dirpath"),
        "best_model_path": best,
        "last_model_path": here(state.get("last_model_path", "")),
        "kth_best_model_path": here(state["kth_best_model_path"]),
        "best_k_models": {here(old): score for old, score in state["best_k_models"].items() if here(old)},
    }


class BestCheckpoint(ModelCheckpoint):
    """Keeps the checkpoint of the best validation in one file: `<run folder>/checkpoints/best.ckpt`.

    By default it holds the weights and hyper-parameters without the optimizer (a third of the size); to go on
    training there is LastCheckpoint. Of validations with the same value of the metric, which few rows often give, the
    one with the lowest `tie` is kept; with a `margin`, the last one that is not worse than the best by more than that.
    Of a model that ModelParallelStrategy shares out, rank zero gathers the
    weights into that file. The run folder is the first logger's (`trainer.log_dir`), or `default_root_dir`. To keep
    several checkpoints, use Lightning's ModelCheckpoint. Logs no key.

    Args:
        monitor: Name of the metric that says which is best, as the model logs it, for example `val/loss`; left out, the
            one that the model names by its attribute `monitored`, or `val/loss`.
        mode: `min` when a smaller value of the metric is better, `max` when a larger one is; left out, that of the
            metric that the model names, else `min`.
        dirpath: Folder of the checkpoint; by default `checkpoints` in the run's folder.
        filename: Name of the file, without `.ckpt`.
        save_weights_only: Leave out the optimizer and all else that is only needed to go on training.
        save_on_train_epoch_end: Decide at the end of the training epoch in place of the end of validation,
            for metrics of the training itself and runs without validation.
        tie: Metric, better when smaller, that decides between equal values, where it is logged; null for none:
            then the first of equal ones is kept.
        margin: By how much an earlier validation must be better than a later one to be kept in its place; with 0 the
            best value wins. Left out, what the model logs as the noise of the metric (its name with `_noise` behind).
    """

    def __init__(
        self,
        monitor: str | None = None,
        mode: Literal["min", "max"] | None = None,
        *,
        dirpath: str | None = None,
        filename: str = "best",
        save_weights_only: bool = True,
        save_on_train_epoch_end: bool = False,
        tie: str | None = "val/loss",
        margin: float | None = None,
    ) -> None:
        if mode is not None:
            check_mode("BestCheckpoint", mode)
        check_margin("BestCheckpoint", margin)
        super().__init__(
            dirpath=dirpath,
            filename=filename,
            monitor=monitor,
            mode=mode or "min",
            save_top_k=1,
            save_weights_only=save_weights_only,
            auto_insert_metric_name=False,
            enable_version_counter=False,
            save_on_train_epoch_end=save_on_train_epoch_end,
        )
        self._asked_for = monitor, mode
        self._dirpath_given = self.dirpath
        self._at_train_epoch_end = save_on_train_epoch_end
        self.tie = tie
        self._tie_of_best: float | None = None
        self.margin = margin
        self._best_seen: float | None = None  # not always that of the checkpoint that is kept
        self.kept_step: int | None = None  # optimizer steps after which it was written

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage == "fit" and self._asked_for[0] is None:
            self._take(*monitored_by(pl_module))
        if stage == "fit" and not self._at_train_epoch_end and not trainer.enable_validation:
            raise ValueError(
                Message(
                    "BestCheckpoint(monitor={monitor!r}) decides after each validation and this run has none (no "
                    "validation data, no validation_step, or limit_val_batches=0). Give validation data, switch the "
                    "best checkpoint off, or watch a training metric with save_on_train_epoch_end=True.",
                    monitor=self.monitor,
                )
            )
        if stage == "fit" and self.monitor is not None:
            check_monitored("BestCheckpoint", self.monitor, mode=self.mode, trainer=trainer, module=pl_module)
        # Lightning builds this path from the logger's parts: another folder than log_dir when the path has
        # `~` or a sub_dir; and it would keep the first run's folder when the same callback serves a second
        # Trainer
        folder = run_folder(trainer)
        self.dirpath = self._dirpath_given or os.path.join(folder, "checkpoints")  # noqa: PTH118
        write_checkpoints_whole(trainer)
        super().setup(trainer, pl_module, stage)

    def _take(self, monitor: str, mode: str) -> None:
        """Goes by the metric that the module names, the other way round where that is better."""
        self.monitor, before, self.mode = monitor, self.mode, self._asked_for[1] or mode
        if self.mode != before:
            self.kth_value = -self.kth_value

    @override
    def check_monitor_top_k(self, trainer: Trainer, current: Tensor | None = None) -> bool:
        value = None if self.tie is None else trainer.callback_metrics.get(self.tie)
        tie = None if value is None or not value.isfinite() else float(value)
        better = super().check_monitor_top_k(trainer, current)
        margin = margin_now(self.margin, self.monitor, trainer)
        near = current is not None and self._near_the_best(float(current), margin)
        if margin > 0:
            better = trainer.strategy.reduce_boolean_decision(near)
        elif not better and current is not None and self.best_k_models:
            equal = bool(current == self.best_k_models[self.kth_best_model_path])
            known = tie is not None and self._tie_of_best is not None
            lower = known and equal and tie < self._tie_of_best  # type: ignore[operator]
            better = trainer.strategy.reduce_boolean_decision(bool(lower))
        if better:
            self._tie_of_best = tie
        return better

    def _near_the_best(self, current: float, margin: float) -> bool:
        """Whether a value is not worse than the best one by more than the margin; sees it from now on."""
        first = self._best_seen is None or not math.isfinite(self._best_seen)
        if not math.isfinite(current):
            return self._best_seen is None
        worse = 0.0 if first else (current - self._best_seen) * (1 if self.mode == "min" else -1)  # type: ignore[operator]
        if first or worse < 0:
            self._best_seen = current
        return worse <= margin or not self.best_k_models

    @override
    def _save_checkpoint(self, trainer: Trainer, filepath: str) -> None:
        self.kept_step = trainer.global_step
        with in_one_file(trainer.strategy) if self.save_weights_only else nullcontext():
            super()._save_checkpoint(trainer, filepath)

    def keep_now(self, trainer: Trainer) -> None:
        """Keeps the weights as they are as the best ones, unmeasured; every process takes part. For fits of no step."""
        if trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        path = os.path.join(str(self.dirpath), f"{self.filename}{self.FILE_EXTENSION}")  # noqa: PTH118
        self._save_checkpoint(trainer, path)
        self.best_model_path = path

    @override
    def state_dict(self) -> dict[str, Any]:
        return {
            **super().state_dict(),
            "tie_of_best": self._tie_of_best,
            "best_seen": self._best_seen,
            "kept_step": self.kept_step,
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(moved_state(state_dict, str(self.dirpath)))
        self._tie_of_best = state_dict.get("tie_of_best")  # runs of before have none
        self._best_seen = state_dict.get("best_seen")  # likewise
        self.kept_step = state_dict.get("kept_step")  # likewise
