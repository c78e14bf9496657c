"""What a run keeps of its table when it starts: what it was like, where each row went. The rest: `cli/keep_run`."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from finetune.data.dividing.splits import ORDERED
from finetune.data.module import TextData
from finetune.evaluation.trained_on import keep_texts
from finetune.files.whole import write_text
from finetune.model.classifier import TextClassifier
from finetune.report import board
from finetune.runs.folder import DATA_REPORT, FOLD, SPLIT

TOGETHER = 50_000
"""Texts that are in memory as strings at once."""


def save_run(trainer: Trainer, module: LightningModule, folder: Path) -> None:
    """Writes what the table was like and where each row went.

    TensorBoard gets the lengths of the texts, and which curves belong together.

    Args:
        trainer: The one that begins.
        module: What it trains, a TextClassifier.
        folder: Of the run.
    """
    data: TextData = trainer.datamodule  # type: ignore[attr-defined]
    if data.report is not None:
        write_text(folder / DATA_REPORT, data.report)
    write_text(folder / SPLIT, data.split_frame().to_csv(index=False))
    keep_texts(folder, texts_of(data))
    if data.division.fold is not None:
        write_text(folder / FOLD, json.dumps(fold_facts(data), indent=2) + "\n")
    if isinstance(trainer.logger, TensorBoardLogger):
        lengths = {name: part.tokens.lengths[part.index] for name, part in data.parts.items()}
        model: TextClassifier = module  # type: ignore[assignment]
        board.begin(trainer.logger.experiment, lengths, model.task)


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
