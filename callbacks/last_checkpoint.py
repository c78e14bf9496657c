"""LastCheckpoint: the newest whole state of the training, in one file that is overwritten."""

import os

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.trainer.states import TrainerFn
from typing_extensions import override

from callbacks.run_folder import run_folder


class LastCheckpoint(Checkpoint):
    """Keeps one checkpoint to go on from, with the optimizer: `<run folder>/checkpoints/last.ckpt`.

    Written after each validation, or after each epoch in a run without validation, and at the end of training
    if steps were taken since. It must be the last of the Trainer's checkpoint callbacks, because it saves
    their state too. The run folder is the first logger's (`trainer.log_dir`), or `default_root_dir`. Logs no
    key.

    Args:
        dirpath: Folder of the checkpoint; by default `checkpoints` in the run's folder.
        filename: Name of the file, without `.ckpt`.
    """

    # Lightning asks its first checkpoint callback for this on `ckpt_path="best"`; empty gives its own clear
    # error
    best_model_path = ""

    def __init__(self, dirpath: str | None = None, *, filename: str = "last") -> None:
        if not filename:
            raise ValueError(f"LastCheckpoint(filename={filename!r}): give a name, for example 'last'.")
        self.filename = filename
        self.last_model_path = ""  # set in setup
        self._dirpath = dirpath
        self._step_saved = 0

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        folder = self._dirpath or os.path.join(run_folder(trainer), "checkpoints")  # noqa: PTH118 (may be s3://)
        self.last_model_path = os.path.join(folder, f"{self.filename}.ckpt")  # noqa: PTH118
        if stage == "fit":
            self._check_order(trainer)

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._step_saved = trainer.global_step  # nothing new to save yet, at the start as after a resume

    @override
    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Even if this step was saved already: the others' state has moved on with the validation
        if self._is_training(trainer):
            self._save(trainer)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.enable_validation and self._is_training(trainer):
            self._save(trainer)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._is_training(trainer) and trainer.global_step != self._step_saved:
            self._save(trainer)

    def _is_training(self, trainer: Trainer) -> bool:
        debug = bool(trainer.fast_dev_run)  # type: ignore[attr-defined]
        return trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking and not debug

    def _save(self, trainer: Trainer) -> None:
        # On every rank: Lightning gathers what is sharded and lets rank zero write
        trainer.save_checkpoint(self.last_model_path, weights_only=False)
        self._step_saved = trainer.global_step

    def _check_order(self, trainer: Trainer) -> None:
        names = [type(callback).__name__ for callback in trainer.checkpoint_callbacks]
        if trainer.checkpoint_callbacks[-1] is not self:
            raise ValueError(
                f"LastCheckpoint saves the state of the other checkpoint callbacks and must come after them; "
                f"got the order {', '.join(names)}. Put LastCheckpoint last in Trainer(callbacks=[...])."
            )
