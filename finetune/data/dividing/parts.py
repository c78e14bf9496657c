"""Which rows of which table are train, validation and test. Reads no file; how to divide is in `splits`."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from finetune.data.batching.batches import Integers
from finetune.data.dividing.by_column import Rows, column_of, group_of, moments_of, parts_of_column
from finetune.data.dividing.divisible import Divisible, bundles
from finetune.data.dividing.fold import Fold, cut_fold
from finetune.data.dividing.splits import SPLITS, SplitFunction, divide
from finetune.data.dividing.unlikely_labels import hardly_repeated, unlikely_labels
from finetune.data.labels.outputs import label_names
from finetune.data.reading.chosen_columns import given_column
from finetune.data.reading.folding import column, folded, numbered_rows
from finetune.data.reading.table import Table
from finetune.errors import ConfigError, DataError
from finetune.language.lists import listed
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage, Message, joined
from finetune.plugins import resolve
from finetune.tasks.task import SINGLE

OFF = 1.5
"""How many times larger or smaller than asked for a part may come out before it is said."""

ENOUGH_ROWS = 100
"""Rows below which parts come out as they can."""

Tell = Callable[[AnyMessage], None]
"""Takes what the user should know, such as how dates were read."""

UNTOUCHED = "untouched"
"""The test rows where a fold takes the place of the test: no fold trains on them or measures them."""


@dataclass(frozen=True)
class Division:
    """How rows that have no part of their own are divided.

    Attributes:
        validation_fraction: Share of the rows to validate on.
        test_fraction: Share of the rows to test on.
        seed: Of what is left to chance.
        split: A row of `SPLITS` or `package.module:function`; None for the one that the columns say.
        group_column: Rows with the same value stay in one part.
        time_column: The later rows are those to validate and test on.
        split_column: It names each row's part.
        fold: Which fold of the rows that are not for the test takes the place of the test, where one does.
    """

    validation_fraction: float = 0.1
    test_fraction: float = 0.1
    seed: int = 42
    split: str | None = None
    group_column: str | None = None
    time_column: str | None = None
    split_column: str | None = None
    fold: Fold | None = None

    def function(self) -> SplitFunction:
        """Returns how to divide: by time where a column gives one, else by class.

        Raises:
            ConfigError: if there is no such split, or it takes no notice of the time.
        """
        if self.split == "stratified" and self.time_column is not None:
            raise ConfigError(
                "--data.split stratified takes no notice of --data.time_column {column}: leave out one of them.",
                column=self.time_column,
            )
        return resolve(self.split or ("by_time" if self.time_column else "stratified"), SPLITS, "split")


def every_row(table: Table) -> Rows:
    """Returns all texts of a table."""
    return table, np.arange(len(table.row))


def one_part(tables: Mapping[str, Table], part: str) -> Rows:
    """Returns the rows of a source that is given for one part alone: all of it, or that part where it is divided.

    Raises:
        DataError: if it is divided, and not into this part.
    """
    return every_row(the_one(tables, part))


class Named(Protocol):
    """What has the name of a source."""

    @property
    def source(self) -> str:
        """The table as the user would name it."""


Found = TypeVar("Found", bound=Named)


def the_one(found: Mapping[str, Found], part: str) -> Found:
    """Returns what is of one part alone: all of a source, or that part where it is divided.

    Raises:
        DataError: if it is divided, and not into this part.
    """
    table = found.get("all") or found.get(part)
    if table is None:
        sources = [joined([PART_NAMES[name], f"({each.source})"]) for name, each in found.items()]
        raise DataError(
            "the source given for {part} is divided into {sources}: give one of these tables.",
            part=PART_NAMES[part],
            sources=listed(sources),
        )
    return table


def all_parts(
    tables: Mapping[str, Table],
    own: Mapping[str, Rows],
    division: Division,
    tell: Tell = lambda text: None,
) -> dict[str, Rows]:
    """Returns every part: those that have rows of their own, and the others cut from the training rows.

    With a fold, the rows that train and those cut to validate are cut anew: what the fold holds out is the test, and
    the test itself is `UNTOUCHED`.

    Args:
        tables: What the training source holds: `all`, or some of `train`, `validation`, `test`.
        own: Parts given by a source of their own; they win over those in `tables`.
        division: How the others are cut from the training rows.
        tell: Takes what the user should know.

    Raises:
        DataError: if there is nothing to train on, or not two classes, or the rows cannot be divided so.
    """
    given = {part: every_row(table) for part, table in tables.items()}
    if division.split_column is not None:
        given = parts_of_column(tables, division.split_column)
    train = given.get("all") or given.get("train")
    if train is None:
        raise DataError(
            "the training source has only rows for {parts}: there is nothing to train on.",
            parts=listed([PART_NAMES[part] for part in given]),
        )
    table, index = train
    label_names(table)
    check_columns(table, division)
    held = {part: rows for part, rows in given.items() if part in ("validation", "test")} | dict(own)
    validation, test = (
        0.0 if part in held else fraction
        for part, fraction in (
            ("validation", division.validation_fraction),
            ("test", division.test_fraction),
        )
    )
    function = division.function()
    all_rows = divisible(train, division, tell, whole=validation + test == 0 and division.fold is None)
    unlikely = unlikely_labels(table, index)
    try:
        cut = divide(
            all_rows,
            validation_fraction=validation,
            test_fraction=test,
            seed=division.seed,
            split=function,
        )
    except DataError as error:
        if unlikely is not None and hardly_repeated(all_rows.labels):
            raise DataError(unlikely) from error
        if unlikely is not None:
            tell(unlikely)
        raise
    if unlikely is not None:
        tell(unlikely)
    parts = {"train": (table, index[cut.train])}
    for part, chosen, fraction in (("validation", cut.validation, validation), ("test", cut.test, test)):
        if part in held:
            parts[part] = held[part]
        elif len(chosen):
            parts[part] = (table, index[chosen])
            if not 1 / OFF < len(chosen) / (fraction * len(index)) < OFF and len(index) >= ENOUGH_ROWS:
                note = Message(
                    "{part} came out with {share:.1%} of the rows in place of {asked:.1%}: rows that have to "
                    "stay together (equal texts, groups, moments) allow no better",
                    part=PART_NAMES[part],
                    share=len(chosen) / len(index),
                    asked=fraction,
                )
                tell(note)
    if division.fold is None:
        return parts
    pool = np.union1d(cut.train, cut.validation)
    fold = division.fold
    of_fold = cut_fold(all_rows, pool, fold, validation_fraction=validation, split=function)
    chosen_rows = {"train": of_fold.train, "validation": of_fold.validation, "test": of_fold.test}
    untouched = {UNTOUCHED: parts.pop("test")} if "test" in parts else {}
    note = Message(
        "fold {number} of {count} (seed {seed}) stands in for the test",
        number=fold.number,
        count=fold.count,
        seed=fold.seed,
    )
    tell(note)
    return parts | {part: (table, index[rows]) for part, rows in chosen_rows.items() if len(rows)} | untouched


def split_frame(parts: Mapping[str, Rows]) -> pd.DataFrame:
    """Returns where every row went: its table, position (from 0), spreadsheet line, and split."""
    frames = [
        pd.DataFrame(
            {
                "source": table.source,
                "row": table.row[index],
                "line": [table.line(int(row)) for row in table.row[index]],
                "split": name,
            }
        )
        for name, (table, index) in parts.items()
    ]
    return pd.concat(frames).sort_values(["source", "row"], kind="stable")


def check_columns(table: Table, division: Division) -> None:
    """Refuses columns that are not there, also where they would not be looked up.

    Raises:
        DataError: if one is not.
    """
    for parameter in ("group_column", "time_column", "split_column"):
        wanted = getattr(division, parameter)
        if wanted is not None:
            given_column(table.columns, wanted, table.source, parameter)


def divisible(rows: Rows, division: Division, tell: Tell, *, whole: bool = False) -> Divisible:
    """Returns what a split may look at: equal texts, and rows of one group, hang together.

    Args:
        rows: Those to divide.
        division: Which columns say what.
        tell: Takes what the user should know.
        whole: Whether nothing is cut from them, so that nothing has to be looked up.

    Raises:
        DataError: if a column is not there, or holds no moments.
    """
    table, index = rows
    labels = [(table.label or [])[i] for i in index]
    if whole:
        return Divisible(labels, np.arange(len(index)))
    keys: list[Sequence[Hashable] | Integers] = [_same_words(table, index)]
    times = None
    if division.group_column is not None:
        keys.append(
            [group_of(cell) for cell in column_of(table, division.group_column, "group_column", index)]
        )
    if division.time_column is not None:
        times, note = moments_of(rows, division.time_column)
        read = Message(
            '{source}: moments from "{column}", read as {how}',
            source=table.source,
            column=division.time_column,
            how=note,
        )
        tell(read)
    one_class = table.task.problem_type == SINGLE
    return Divisible(labels, bundles(*keys), times, table.task.strata(labels), small_is_refused=one_class)


def _same_words(table: Table, index: Integers) -> Integers:
    """A number for each text, the same for texts that are equal but for case and punctuation. [N]"""
    # as columns at once: as strings of Python they take twice the memory
    texts = [column(each).take(index) for each in table.texts_apart(slice(None))]
    return numbered_rows([folded(each) for each in texts])
