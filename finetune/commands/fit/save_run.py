"""The files that repeat a run, written when it starts and held against the table when it is taken up again."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from finetune.data.dividing.splits import ORDERED
from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.files.whole import may_be_replaced, write_text
from finetune.report import board
from finetune.runs.folder import CONFIG, DATA_REPORT, FOLD, METRICS, PREDICTIONS, REPORT, SPLIT
from finetune.runs.logger import RunLogger
from finetune.runs.versions import COMPUTING, versions


def check_split(recorded: Path, now: pd.DataFrame) -> None:
    """Refuses a division of a run's table that is not the recorded one.

    Args:
        recorded: The run's `split.csv`; a run without one cannot be checked.
        now: The division at hand, of the same columns. Where it has rows to train on, the run's own table was divided
            anew, whatever it is called by now; else a table stands by itself, and is compared only if it was the
            run's, so that others may be measured.

    Raises:
        ConfigError: if a row is in another part, or there are more or fewer rows.
    """
    if not recorded.is_file():
        return
    was = pd.read_csv(recorded)
    was = was[was["split"].isin(now["split"].unique())]
    if "train" not in now["split"].array:
        was = was[was["source"].isin(now["source"].unique())]
    if was.empty:
        return
    key = ["row", "split"]  # each part is of one table
    before, after = ({tuple(row) for row in frame[key].itertuples(index=False)} for frame in (was, now))
    if before != after:
        raise ConfigError(
            f"the table or its division has changed since the run: {len(before):,} rows then, {len(after):,} now, and "
            f"{len(after - before):,} rows would be in another split, so that rows trained on would be tested on. "
            "Give the table as it was, measure on a table of its own (--data.test_path), or train anew."
        )


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
        write_text(folder / CONFIG, self.config)
        self._cut_back(trainer)
        if data.report is not None:
            write_text(folder / DATA_REPORT, data.report)
        write_text(folder / SPLIT, data.split_frame().to_csv(index=False))
        if data.division.fold is not None:
            write_text(folder / FOLD, json.dumps(fold_facts(data), indent=2) + "\n")
        if isinstance(trainer.logger, TensorBoardLogger):
            lengths = {name: part.tokens.lengths[part.index] for name, part in data.parts.items()}
            board.begin(trainer.logger.experiment, lengths)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keeps the configuration, and cuts the curves, where nothing was left to train: then no training began."""
        folder = Path(trainer.log_dir or trainer.default_root_dir)  # on every rank: it broadcasts
        if not (self.began or trainer.fast_dev_run) and trainer.is_global_zero:  # type: ignore[attr-defined]
            write_text(folder / CONFIG, self.config)
            self._cut_back(trainer)

    def _cut_back(self, trainer: Trainer) -> None:
        if isinstance(trainer.logger, RunLogger) and self._events is not None:
            trainer.logger.cut_back(self._events)


def fold_facts(data: TextData) -> dict[str, object]:
    """Returns what a cross-validation has to know of a fold: how many rows are where, and of which table."""
    return {
        **{part: len(index) for part, (_, index) in data.rows.items()},
        "untouched": data.untouched,
        "ordered": data.division.function() in ORDERED,
        "table": data.fingerprint(),
    }


class SameSplit(Callback):
    """Refuses to go on with a run, or to measure it, where its table would now be divided otherwise.

    A row more or less divides the whole table anew: rows that were trained on would be tested on.
    """

    def __init__(self, run: Path) -> None:
        self.run = run

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Checks once the table was read, before anything is trained or measured."""
        check_split(self.run / SPLIT, trainer.datamodule.split_frame())  # type: ignore[attr-defined]


class SameTable(Callback):
    """Refuses to go on where the table is no longer what was trained on: in a run, or in the folds before."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Checks once the table was read, before anything is trained."""
        now = trainer.datamodule.fingerprint()  # type: ignore[attr-defined]
        if now != self.fingerprint:
            raise ConfigError(
                "the texts or labels of the table are not those that were trained on before: the result would be of "
                "two tables. Give the table as it was, whatever its name and place, or start anew, without --resume."
            )
