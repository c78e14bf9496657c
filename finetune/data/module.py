"""TextData: from the user's table to batches, as a LightningDataModule. Wires the other files; no logic of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.asked import Asked, Reading, Source, check_ranges
from finetune.data.batched import BatchedData
from finetune.data.batching.loader import Batches
from finetune.data.batching.part import Part
from finetune.data.checks.before_fit import OnFindings
from finetune.data.checks.doctor import CheckFunction
from finetune.data.checks.examined import Examined, examined
from finetune.data.checks.finding import Finding
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.fingerprint import fingerprint
from finetune.data.dividing.fold import chosen_fold
from finetune.data.dividing.parts import Division, Tell, split_frame
from finetune.data.dividing.sample import classes_of, sample
from finetune.data.free_memory import give_back
from finetune.data.handed_on import handed_on
from finetune.data.labels.wish import Empty, Names, names_of
from finetune.data.loading import (
    Loaded,
    as_divided,
    find_faults,
    load,
    load_windows,
    looked_at,
    window_part,
)
from finetune.data.reading.cells import MOST_CHARACTERS
from finetune.data.reading.table import Table
from finetune.data.reading.template import parsed
from finetune.data.rows import divided, go_through, read_parts
from finetune.data.windowed import WindowBatches
from finetune.data.windows import WINDOW, Windows
from finetune.language.say import note, say
from finetune.tasks.batch import FILLER, Batch
from finetune.tasks.table import AUTO
from finetune.tasks.task import Task


class TextData(BatchedData):
    """Reads a table of texts and labels, divides it, tokenises it once and batches it by length.

    Args:
        path: Table to train on: a file (.csv .tsv .jsonl .parquet .xlsx, also .gz), a folder of such files, a
            `datasets` folder, a hub id, or `demo`; in Python also a DataFrame or a Dataset. Divided into train,
            validation and test unless it is divided already or the other paths are given.
        validation_path: Table to validate on, instead of a part of `path`.
        test_path: Table to test on, instead of a part of `path`.
        predict_path: Table to predict; it needs no labels. With finetune predict also several files and folders, which
            become one, or - for what comes by standard input: a table, or one text a line.
        text_column: Column of the texts; found by its name when left out (texto, text, frase, ...).
        text_pair_column: Column of a second text that the model reads beside the first, such as the answer to a
            question; where both are too long, the longer is cut. None when left out.
        template: Makes one text of several columns, as in "{estado} | {cultura}: {texto}": names of columns stand
            between braces; a brace of the text is written twice. The text column need not be named then.
        label_column: Column of the labels; found by its name when left out (rotulo, label, classe, ...).
        label_columns: Columns that each stand for one label that a row has or not (1/0, sim/não, x or nothing), as in
            `gado,soja,clima`, instead of one column that holds the labels. `predict` answers in one, with | between
            them.
        label_order: The classes from the lowest to the highest, of `--task ordinal`: `baixo,médio,alto`. Numbers need
            none.
        empty_labels: What an empty label says: that the row has `none` (the rule where it may have several labels), or
            nothing, so that the row is to `drop` (the rule of all others).
        reader: How to read the files: a row of READERS or `package.module:function`; by suffix when left out.
        sheet: Sheet of an .xlsx workbook, by its title or its number from 1; the first that has the columns when left
            out. Of other tables than `path` it is taken only where they have it.
        header_line: Line with the names of the columns in a text table or workbook, as a spreadsheet counts it; the
            first, or the one under titles that has the columns, when left out. Of other tables than `path` it is taken
            only where they have it.
        on_bad_rows: What to do with rows without text or label: `drop` them and say so, or stop with an `error`.
        fix_encoding: Repair damaged letters (`nÃ£o`, `&atilde;`) in the texts when they are read; no file is changed.
        max_characters: Longest text in characters; the rest of a longer one is not read, as no model can; no file is
            changed. `null` reads all.
        lower_capitals: Have the model read texts in CAPITALS in lower case: those of 8 letters or more of which 70% are
            capitals. Many vocabularies break such words into pieces; no file is changed.
        on_findings: What `fit` does when the check of the data finds something severe: `report` it and go on, or stop
            with an `error`; `skip` does not check.
        more_checks: Checks of your own, each as `package.module:function`.
        split: How to divide: `stratified`, by class; `by_time`, the default with a time column; or
            `package.module:function`. Equal texts always stay in one part.
        group_column: Column whose rows of one value (a farm, an author, a document) stay in one part.
        time_column: Column of dates or numbers: the most recent rows are those to test on.
        split_column: Column that says the part of each row: treino/train, validacao/validation, teste/test.
        validation_fraction: Share of the rows to validate on, when no validation table is given.
        test_fraction: Share of the rows to test on, when no test table is given; 0 for no test.
        split_seed: Seed of the division.
        folds: Cut the rows that are not for the test into so many folds; `finetune crossval` trains once for each.
        fold: The fold, from 1, that takes the place of the test; the test itself is left alone.
        fold_seed: Seed of the cut into folds; `split_seed` when left out.
        order_seed: Seed of the order of the rows in training; the run's seed (--seed_everything) when left out.
        effective_batch_size: Rows of each optimizer step, on any number of processes and micro-batches.
        max_length: Longest text in tokens; longer ones are cut. What the data needs, when left out.
        pad_to: A batch's length is rounded up to a multiple of this; left out, 4 on a CPU and 8 on a GPU.
        eval_tokens: Padded tokens of a batch that is only evaluated; left out, 2048 on a CPU and 8192 on a GPU.
        num_workers: Processes that make batches ahead; 0 makes them in the training process, mostly the fastest.
        tokenizer: Folder or hub id of the tokenizer; the model's own when left out.
        task: What a label is: single_label (one class of several), multi_label (any of several), ordinal (classes in an
            order), number, or `package.module:function`; `auto` for the model's task, or what the labels surely are.
    """

    def __init__(
        self,
        path: Source | None = None,
        *,
        validation_path: Source | None = None,
        test_path: Source | None = None,
        predict_path: list[str] | Source | None = None,
        text_column: str | None = None,
        text_pair_column: str | None = None,
        template: str | None = None,
        label_column: str | None = None,
        label_columns: Names | None = None,
        label_order: Names | None = None,
        empty_labels: Empty | None = None,
        reader: str | None = None,
        sheet: str | int | None = None,
        header_line: int | None = None,
        on_bad_rows: Literal["drop", "error"] = "drop",
        fix_encoding: bool = False,
        max_characters: int | None = MOST_CHARACTERS,
        lower_capitals: bool = True,
        on_findings: OnFindings = "report",
        more_checks: list[str] | None = None,
        split: str | None = None,
        group_column: str | None = None,
        time_column: str | None = None,
        split_column: str | None = None,
        validation_fraction: float = 0.1,
        test_fraction: float = 0.1,
        split_seed: int = 42,
        folds: int | None = None,
        fold: int | None = None,
        fold_seed: int | None = None,
        order_seed: int | None = None,
        effective_batch_size: int = 16,
        max_length: int | None = None,
        pad_to: int | None = None,
        eval_tokens: int | None = None,
        num_workers: int = 0,
        tokenizer: str | None = None,
        task: str = AUTO,
    ) -> None:
        super().__init__(
            split_seed=split_seed,
            order_seed=order_seed,
            effective_batch_size=effective_batch_size,
            max_length=max_length,
            pad_to=pad_to,
            eval_tokens=eval_tokens,
            num_workers=num_workers,
            tokenizer=tokenizer,
        )
        check_ranges(header_line=header_line, max_characters=max_characters, fold_seed=fold_seed)
        if template is not None:
            parsed(template)  # before a table is read: what is written wrong is said at once
        self.paths: dict[str, list[str] | Source | None] = {
            "train": path,
            "validation": validation_path,
            "test": test_path,
            "predict": predict_path,
        }
        self.reading = Reading(
            text_column=text_column,
            label_column=label_column,
            reader=reader,
            on_bad_rows=on_bad_rows,
            fix_encoding=fix_encoding,
            sheet=sheet,
            header_line=header_line,
            max_characters=max_characters,
            task=task,
            label_columns=names_of(label_columns),
            label_order=names_of(label_order),
            empty_labels=empty_labels,
            text_pair_column=text_pair_column,
            template=template,
        )
        self.division = Division(
            validation_fraction=validation_fraction,
            test_fraction=test_fraction,
            seed=split_seed,
            split=split,
            group_column=group_column,
            time_column=time_column,
            split_column=split_column,
            fold=chosen_fold(folds, fold, seed=fold_seed, split_seed=split_seed),
        )
        self.untouched = 0  # test rows that a fold leaves alone
        self.on_findings = on_findings
        self.more_checks = more_checks or []
        self.report: str | None = None  # what the check of the data found, as JSON
        self.lower_capitals = lower_capitals
        self.labels: list[str] | None = None
        self._task: Task | None = None
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
    def task(self) -> str | None:
        """The name of what the labels are; None where nothing has told it yet."""
        if self._task is not None:
            return self._task.name
        asked = self.reading.task
        return str(self._of_model("task") or "") or None if asked == AUTO else asked

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

    def divided(self, needed: str = "train") -> dict[str, Rows]:
        """Reads and divides the data, without a tokenizer; returns the rows of each part, or of one with its own table.

        Args:
            needed: The part that there must be.
        """
        rows, _ = divided(self._asked(""), needed, note)
        return rows

    def every_part(self, tell: Tell = note) -> dict[str, Rows]:
        """Reads and divides the data as `divided` does, those rows too that a fold leaves alone."""
        return read_parts(self._asked(""), tell)

    def windows_alone(self, tell: Tell = note) -> Windows:
        """Goes through the rows to predict, for what answers without a tokenizer."""
        return go_through(self._asked(""), "predict", tell, size=self.window_rows)

    def examined(self, rows: Mapping[str, Rows] | None = None) -> Examined:
        """Returns the rows of all parts as the checks look at them.

        Args:
            rows: Those that `divided` gave, where no tokenizer was asked; those that were loaded when left out.
        """
        if rows is not None:
            return as_divided(self._asked(""), examined(rows))
        tokens = {id(self.tables[name]): part.tokens for name, part in self.parts.items()}
        return looked_at(self._asked(), self.rows, tokens, self.tokenizer)

    def check(self, more: Sequence[CheckFunction] = ()) -> tuple[list[Finding], Examined]:
        """Reads the data and returns what is wrong with them, the worst first, and the rows it was found in.

        Args:
            more: Checks to run besides those that run before each `fit`.
        """
        return find_faults(self._asked(), more=more, tell=note)

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

    def _asked(self, tokenizer: str | None = None) -> Asked:
        """What the data are asked to be now: commands and callbacks may have set some of it."""
        return Asked(
            self.paths,
            replace(
                self.reading,
                task=self.task or self.reading.task,
                mark=self._of_model("mark") or self.reading.mark,
            ),
            self.division,
            tokenizer=self._tokenizer_name() if tokenizer is None else tokenizer,
            weightless=self.weightless,
            max_length=self.max_length,
            lower_capitals=self.lower_capitals,
            pad_to=self.pad_to,
            on_findings=self.on_findings,
            more_checks=self.more_checks,
        )

    def _some(self, whole: Part, most: int) -> Part:
        """So many rows, of each class its share."""
        assert whole.labels is not None
        return whole.at(sample(classes_of(whole.labels), most, self.split_seed))

    def _evaluated(self) -> list[Part]:
        """All rows that may be evaluated, those to predict by the longest of them."""
        return [*super()._evaluated(), *([] if self._longest is None else [self._longest])]
