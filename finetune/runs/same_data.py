"""Whether a table, and its division, is still that of a run: refused before anything is trained or measured."""

from pathlib import Path

import pandas as pd
from lightning.pytorch import Callback, LightningModule, Trainer

from finetune.errors import ConfigError
from finetune.language.numbers import rows
from finetune.runs.folder import SPLIT
from finetune.runs.split import read_split


def check_split(recorded: Path, now: pd.DataFrame) -> None:
    """Refuses a division of a run's table that is not the recorded one.

    Args:
        recorded: The run's `split.csv`; a run without one cannot be checked.
        now: The division at hand, of the same columns. Where it has rows to train on, the run's own table was divided
            anew, whatever it is called by now; else a table stands by itself, and is compared only if it was the
            run's, so that others may be measured.

    Raises:
        ConfigError: if a row is in another part, there are more or fewer rows, or what was recorded is damaged.
    """
    if not recorded.is_file():
        return
    was = read_split(recorded)
    # runs of before named a folder with the number of its files
    was["source"] = was["source"].str.replace(r" \(\d+ files?\)$", "", regex=True)
    was = was[was["split"].isin(now["split"].unique())]
    if "train" not in now["split"].array:
        was = was[was["source"].isin(now["source"].unique())]
    if was.empty:
        return
    key = ["row", "split"]  # each part is of one table
    before, after = ({tuple(row) for row in frame[key].itertuples(index=False)} for frame in (was, now))
    if before != after:
        raise ConfigError(
            "the table or its division has changed since the run: {rows} then, {now:,} now, and {n} of them would be "
            "in another split, so that rows trained on would be tested on. Give the table as it was, measure on a "
            "table of its own (--data.test_path), or train anew.",
            "the table or its division has changed since the run: {rows} then, {now:,} now, and {n:,} of them would "
            "be in another split, so that rows trained on would be tested on. Give the table as it was, measure on a "
            "table of its own (--data.test_path), or train anew.",
            rows=rows(len(before)),
            now=len(after),
            n=len(after - before),
        )


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
