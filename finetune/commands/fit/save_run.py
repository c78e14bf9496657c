"""The files that repeat a run, written when it starts and held against the table when it is taken up again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from callbacks.saving.sharded_checkpoint import shares_out
from finetune.cli.trusted import keep_config
from finetune.data.dividing.splits import ORDERED
from finetune.data.module import TextData
from finetune.evaluation.trained_on import keep_texts
from finetune.files.whole import may_be_replaced, write_text
from finetune.model.classifier import TextClassifier
from finetune.report import board
from finetune.runs.folder import DATA_REPORT, FOLD, METRICS, PREDICTIONS, REPORT, SPLIT
from finetune.runs.logger import RunLogger
from finetune.runs.versions import COMPUTING, versions

TOGETHER = 50_000
"""Texts that are in memory as strings at once."""


class SaveRun(Callback):
    """Writes what repeats the run into its folder: the configuration, what the data were like, where each row went.

    TensorBoard gets the lengths of the texts, and which curves belong together. Checkpoints get the versions of what
    computes.

    Attributes:
        began: Whether the training began, so that there is something to go on with.
    """

    def __init__(self, config: str) -> None:
        self.config = config
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
        data: TextData = trainer.datamodule  # type: ignore[attr-defined]
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
        if data.report is not None:
            write_text(folder / DATA_REPORT, data.report)
        write_text(folder / SPLIT, data.split_frame().to_csv(index=False))
        keep_texts(folder, texts_of(data))
        if data.division.fold is not None:
            write_text(folder / FOLD, json.dumps(fold_facts(data), indent=2) + "\n")
        if isinstance(trainer.logger, TensorBoardLogger):
            lengths = {name: part.tokens.lengths[part.index] for name, part in data.parts.items()}
            model: TextClassifier = pl_module  # type: ignore[assignment]
            board.begin(trainer.logger.experiment, lengths, model.task)

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


def texts_of(data: TextData) -> Iterator[list[str]]:
    """Gives the texts to train on some at a time: all of a large table take several times its memory."""
    rows = len(data.parts["train"].index)
    for start in range(0, rows, TOGETHER):
        yield data.texts("train", np.arange(start, min(start + TOGETHER, rows)))


def fold_facts(data: TextData) -> dict[str, object]:
    """Returns what a cross-validation has to know of a fold: how many rows are where, and of which table."""
    return {
        **{part: len(index) for part, (_, index) in data.rows.items()},
        "untouched": data.untouched,
        "ordered": data.division.function() in ORDERED,
        "table": data.fingerprint(),
    }
