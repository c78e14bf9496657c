"""KeepRun: what repeats a run is written when it starts, and its curves are cut where it is taken up again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from lightning.pytorch import Callback, LightningModule, Trainer

from callbacks.saving.sharded_checkpoint import shares_out
from finetune.cli.trusted import keep_config
from finetune.files.whole import may_be_replaced
from finetune.runs.folder import METRICS, PREDICTIONS, REPORT
from finetune.runs.logger import RunLogger
from finetune.runs.versions import COMPUTING, versions

Begin: TypeAlias = Callable[[Trainer, LightningModule, Path], None]
"""Writes what a command keeps of its data and its model when the training begins, into the folder of the run."""


def keep_nothing(trainer: Trainer, module: LightningModule, folder: Path) -> None:
    """Writes nothing more."""


class KeepRun(Callback):
    """Writes what repeats the run into its folder: the configuration, and what the command itself has to keep.

    Checkpoints get the versions of what computes.

    Args:
        config: The options, as `config.yaml` keeps them.
        begin: Writes the rest.

    Attributes:
        began: Whether the training began, so that there is something to go on with.
    """

    def __init__(self, config: str, begin: Begin = keep_nothing) -> None:
        self.config = config
        self.begin = begin
        self.began = False
        # how long they were at the checkpoint from which the run goes on; None where it does not say
        self._events: dict[str, int] | None = {}

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keeps the versions, so that a run that goes on with others can say so; notes how far the curves had come."""
        checkpoint["versions"] = {name: each for name, each in versions().items() if name in COMPUTING}
        if isinstance(trainer.logger, RunLogger):
            checkpoint["events"] = trainer.logger.sizes()

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Reads how far the curves had come."""
        self._events = checkpoint.get("events")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Writes the files on rank zero, before the first step; a resume that is refused changes neither."""
        folder = Path(trainer.log_dir or trainer.default_root_dir)  # on every rank: it broadcasts
        if not trainer.is_global_zero or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        self.began = True
        folder.mkdir(parents=True, exist_ok=True)
        # of a run that goes on: they speak of an older checkpoint
        for name in (METRICS, PREDICTIONS, REPORT):
            if name != REPORT or may_be_replaced(folder / name):
                (folder / name).unlink(missing_ok=True)
        self._write_config(folder, trainer)
        self._cut_back(trainer)
        self.begin(trainer, pl_module, folder)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keeps the configuration, and cuts the curves, where nothing was left to train: then no training began."""
        folder = Path(trainer.log_dir or trainer.default_root_dir)  # on every rank: it broadcasts
        if not (self.began or trainer.fast_dev_run) and trainer.is_global_zero:  # type: ignore[attr-defined]
            self._write_config(folder, trainer)
            self._cut_back(trainer)

    def _write_config(self, folder: Path, trainer: Trainer) -> None:
        keep_config(folder, self.config, in_parts=shares_out(trainer.strategy))

    def _cut_back(self, trainer: Trainer) -> None:
        if isinstance(trainer.logger, RunLogger) and self._events is not None:
            trainer.logger.cut_back(self._events)
