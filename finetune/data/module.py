"""TextData: from the user's table to batches, as a LightningDataModule. Wires the other files; no logic of its own.

What it is asked stands in `table_data`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from typing_extensions import override

from finetune.data.asked import Asked
from finetune.data.batched import BatchedData
from finetune.data.batching.loader import Batches
from finetune.data.batching.part import Part
from finetune.data.checks.examined import Examined
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.fingerprint import fingerprint
from finetune.data.dividing.parts import Tell, split_frame
from finetune.data.dividing.sample import classes_of, sample
from finetune.data.free_memory import give_back
from finetune.data.handed_on import handed_on
from finetune.data.loading import Loaded, load, load_windows, looked_at, window_part
from finetune.data.reading.table import Table
from finetune.data.rows import go_through
from finetune.data.table_data import TableData
from finetune.data.windowed import WindowBatches
from finetune.data.windows import WINDOW, Windows
from finetune.language.say import note, say
from finetune.tasks.batch import FILLER, Batch


class TextData(TableData, BatchedData):
    """Reads a table of texts and labels, divides it, tokenises it once and batches it by length.

    Its options are those of `TableData`.
    """

    @override
    def _begin(self) -> None:
        self.untouched = 0  # test rows that a fold leaves alone
        self.report: str | None = None  # what the check of the data found, as JSON
        self._made_for: str | None = None
        self._fingerprint: str | None = None
        self.tables: dict[str, Table] = {}
        self.windows: Windows | None = None  # the rows to predict
        self.window_rows = WINDOW
        self.todo: Callable[[Windows], Sequence[int]] | None = None  # chooses some of them
        self._longest: Part | None = None
        self._for_others: Loaded | None = None  # what was read here, where other processes wait for it

    # ---- what Lightning calls -------------------------------------------------------------------------------

    def prepare_data(self) -> None:
        """Reads, checks and tokenises on one process of each machine; `setup` hands it on to the others."""
        trainer = self.trainer
        if trainer is not None and trainer.state.fn is not None:
            stage = trainer.state.fn.value
            loaded = self._load(stage, check=stage == "fit" and self.on_findings != "skip")
            if loaded is not None and trainer.num_devices > 1:
                # here, where the others wait for as long as it takes
                self._for_others = replace(loaded, fingerprint=self.fingerprint())

    def setup(self, stage: str) -> None:
        """Loads what a stage (`fit`, `validate`, `test`, `predict`) needs and has not been loaded yet."""
        if self.trainer is not None and self.trainer.num_devices > 1:
            self._take_from_the_first(self.trainer.node_rank)
        self._load(stage, check=False)

    def test_dataloader(self) -> Batches:
        """Returns this process's share of the test rows."""
        return self.once("test")

    def predict_dataloader(self) -> WindowBatches:
        """Returns this process's share of the rows to predict, or of those in the windows that were chosen."""
        windows, trainer, longest = self.windows, self.trainer, self._longest
        assert windows is not None
        assert longest is not None
        return WindowBatches(
            windows,
            range(windows.count) if self.todo is None else self.todo(windows),
            tokenized=lambda table, first: window_part(
                table, self.tokenizer, first=first, lower_capitals=self.lower_capitals
            ),
            batches=self._alone,
            filler=lambda: self._collated(longest),
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
        )

    # ---- what the model, the callbacks and the command line ask ---------------------------------------------

    @property
    def facts(self) -> dict[str, list[float]]:
        """What the task has to know of the training rows; nothing where there are none."""
        train = self.parts.get("train")
        return (
            {}
            if train is None or train.labels is None or self._task is None
            else self._task.facts(train.labels)
        )

    @property
    def mark(self) -> str | None:
        """What joins several labels in a cell of the training table, or stands before decimals; None where nothing."""
        train = self.tables.get("train")
        return None if train is None else train.mark

    @property
    def longest(self) -> Part | None:
        """The longest of the rows to predict, as many times as it may stand in a batch; None before they are read."""
        return self._longest

    def whereabouts(self, batch: Batch) -> str:
        """Returns where the rows of a training batch stand in the user's table: "dados.csv, lines 3, 19 and 44"."""
        rows = sorted(row for row in batch["row"].tolist() if row != FILLER)
        return str(self.tables["train"].where_all(rows)) if rows else say("a batch without a row that counts")

    def split_frame(self) -> pd.DataFrame:
        """Returns where every row went: its table, position (from 0), spreadsheet line, and split."""
        return split_frame(self.rows)

    def fingerprint(self) -> str:
        """Returns a hash of the tables that were loaded, by what trains and what divides; computed once."""
        if self._fingerprint is None:
            tables = {id(table): table for table in self.tables.values()}
            self._fingerprint = fingerprint(tables.values(), self.division)
        return self._fingerprint

    def texts(self, part: str, positions: NDArray[np.int64] | None = None) -> list[str]:
        """Returns the texts of a part, or those of some of its rows, by their place among them."""
        index = self.parts[part].index
        return self.tables[part].texts(index if positions is None else index[positions])

    @property
    def rows(self) -> dict[str, Rows]:
        """The rows of train, validation and test, as far as they were loaded."""
        return {name: (self.tables[name], part.index) for name, part in self.parts.items()}

    def windows_alone(self, tell: Tell = note) -> Windows:
        """Goes through the rows to predict, for what answers without a tokenizer."""
        return go_through(self._asked(""), "predict", tell, size=self.window_rows)

    @override
    def examined(self, rows: Mapping[str, Rows] | None = None) -> Examined:
        """Returns the rows of all parts as the checks look at them.

        Args:
            rows: Those that `divided` gave, where no tokenizer was asked; those that were loaded when left out.
        """
        if rows is not None:
            return super().examined(rows)
        tokens = {id(self.tables[name]): part.tokens for name, part in self.parts.items()}
        return looked_at(self._asked(), self.rows, tokens, self.tokenizer)

    # ---- wiring ---------------------------------------------------------------------------------------------

    def _load(self, stage: str, *, check: bool) -> Loaded | None:
        """Returns what had to be read for it; None where nothing had, and of rows that are only predicted."""
        needed = {"fit": "train", "validate": "validation"}.get(stage, stage)
        asked = self._asked_now()
        if needed in self.parts:
            return None
        if needed == "predict":
            if self.windows is None:
                found = load_windows(asked, tell=note, size=self.window_rows)
                self.windows, self.tokenizer, self._longest = found
            return None
        labels = self.labels or self._of_model("labels")
        loaded = load(asked, needed, labels=labels, check=check, tell=note)
        self._take(loaded)
        return loaded

    def _take_from_the_first(self, machine: int) -> None:
        """Has all processes of a machine go on with what its first one has read, be the file what it may by now."""
        found = handed_on(self._for_others, self._asked_now(), machine=machine)
        self._for_others = None
        if found is not None:
            self._take(found)
            give_back()

    def _take(self, loaded: Loaded) -> None:
        self.tables |= loaded.tables
        self.parts |= loaded.parts
        self.labels = self.labels or loaded.labels
        self._task = self._task or loaded.task
        self.tokenizer = loaded.tokenizer
        self.report = loaded.report or self.report
        self.untouched = self.untouched if loaded.untouched is None else loaded.untouched
        self._fingerprint = loaded.fingerprint

    def _asked_now(self) -> Asked:
        """The same, of the model and the device that the Trainer has now."""
        self._suit_the_device()
        asked = self._asked()
        if self._made_for != asked.tokenizer:
            # one TextData, two models: ids are of one tokenizer alone
            self.parts, self.tables, self.labels, self._task = {}, {}, None, None
            self.windows = None
            self._made_for = asked.tokenizer
        return asked

    def _some(self, whole: Part, most: int) -> Part:
        """So many rows, of each class its share."""
        assert whole.labels is not None
        return whole.at(sample(classes_of(whole.labels), most, self.split_seed))

    def _evaluated(self) -> list[Part]:
        """All rows that may be evaluated, those to predict by the longest of them."""
        return [*super()._evaluated(), *([] if self._longest is None else [self._longest])]
