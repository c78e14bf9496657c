"""TableData: a table of texts and labels as it is asked for, read and divided, with what is wrong with it.

It has the options of `TextData`, which makes batches of it, and needs no Lightning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from finetune.data.asked import Asked, Reading, Source, check_ranges
from finetune.data.batch_options import BatchOptions
from finetune.data.checks.before_fit import OnFindings
from finetune.data.checks.doctor import CheckFunction
from finetune.data.checks.examined import Examined, examined
from finetune.data.checks.finding import Finding
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.fold import chosen_fold
from finetune.data.dividing.parts import Division, Tell
from finetune.data.labels.wish import Empty, Names, names_of
from finetune.data.loading import as_divided, find_faults
from finetune.data.reading.cells import MOST_CHARACTERS
from finetune.data.reading.template import parsed
from finetune.data.rows import divided, read_parts
from finetune.language.say import note
from finetune.tasks.table import AUTO
from finetune.tasks.task import Task


class TableData(BatchOptions):
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
        self.on_findings = on_findings
        self.more_checks = more_checks or []
        self.lower_capitals = lower_capitals
        self.labels: list[str] | None = None
        self._task: Task | None = None
        self._begin()

    def _begin(self) -> None:
        """Begins what is kept of rows that are loaded; here they are not."""

    # ---- what the command line asks -------------------------------------------------------------------------

    @property
    def task(self) -> str | None:
        """The name of what the labels are; None where nothing has told it yet."""
        if self._task is not None:
            return self._task.name
        asked = self.reading.task
        return str(self._of_model("task") or "") or None if asked == AUTO else asked

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

    def examined(self, rows: Mapping[str, Rows]) -> Examined:
        """Returns the rows of all parts as the checks look at them without a tokenizer.

        Args:
            rows: Those that `divided` gave.
        """
        return as_divided(self._asked(""), examined(rows))

    def check(self, more: Sequence[CheckFunction] = ()) -> tuple[list[Finding], Examined]:
        """Reads the data and returns what is wrong with them, the worst first, and the rows it was found in.

        Args:
            more: Checks to run besides those that run before each `fit`.
        """
        return find_faults(self._asked(), more=more, tell=note)

    # ---- wiring ---------------------------------------------------------------------------------------------

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
