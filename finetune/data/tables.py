"""A source of data as Tables: texts and labels of the kept rows. No checks of their content, no tensors."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from finetune.data.labels.class_names import class_names
from finetune.data.labels.columns import found_columns
from finetune.data.labels.read import (
    Labels,
    labels_of_columns,
    labels_of_lists,
    names_in_lists,
    read_labels,
)
from finetune.data.labels.wish import Empty, LabelWish, checked
from finetune.data.reading.bad_rows import NO_LABEL, find_bad_rows, with_bad_rows_said
from finetune.data.reading.cells import MOST_CHARACTERS, shared, strings
from finetune.data.reading.columns import refuse_twins
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.header_again import header_again
from finetune.data.reading.loaded import Loaded
from finetune.data.reading.made_texts import Columns, TextOptions, find_text_columns, texts_of
from finetune.data.reading.sheets import Wish
from finetune.data.reading.sources import load
from finetune.data.reading.stream import Stream
from finetune.data.reading.table import Table
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, Message, reason
from finetune.tasks.single_label import single_label
from finetune.tasks.table import AUTO, task_of

if TYPE_CHECKING:
    import datasets


def read_source(
    source: "str | Path | list[str] | pd.DataFrame | datasets.Dataset | datasets.DatasetDict",
    *,
    text_column: str | None = None,
    text_pair_column: str | None = None,
    template: str | None = None,
    label_column: str | None = None,
    need_labels: bool = True,
    on_bad_rows: Literal["drop", "error"] = "drop",
    reader: str | None = None,
    fix_encoding: bool = False,
    max_characters: int | None = MOST_CHARACTERS,
    sheet: str | int | None = None,
    header_line: int | None = None,
    sheet_optional: bool = False,
    task: str = AUTO,
    label_columns: Sequence[str] = (),
    label_order: Sequence[str] = (),
    empty_labels: Empty | None = None,
    mark: str | None = None,
    classes: Sequence[str] = (),
) -> dict[str, Table]:
    """Reads a source into Tables.

    Args:
        source: Path of a file or folder, hub id, or an object in memory.
        text_column: The column of texts; found by its name if not given.
        text_pair_column: The column of the second texts, where a row has two.
        template: How a text is made of several columns, whose names stand in it between braces.
        label_column: The column of labels; found by its name if not given.
        need_labels: Whether each row needs a label. If not, those there are kept, absent ones are "".
        on_bad_rows: Whether rows without text (or needed label) are left out, or are an error.
        reader: A row of `READERS` or `package.module:function`, instead of the one that the suffix says.
        fix_encoding: Whether damaged letters (`nÃ£o`) are repaired in the texts; the frame stays as it was read.
        max_characters: Where longer texts are cut, unless None; the frame stays as it was read.
        sheet: The sheet of a workbook: its title, or its number from 1; the first that fits best if not given.
        header_line: The line of the header in a text table or workbook; found by the names in it if not given.
        sheet_optional: Whether sheet and header line were named for another table: where one is not here, that is said.
        task: What the labels are, a row of `TASKS` or `package.module:function`; `auto` for what they surely are. Of a
            source that is divided the first table tells.
        label_columns: The columns that each stand for one label, instead of one that holds them.
        label_order: The classes from the lowest to the highest.
        empty_labels: What an empty label says: that there is `none`, or nothing, and the row is to `drop`; none where
            several labels may stand together, when left out.
        mark: What joins several labels, where another table has told it.
        classes: Those of the model, where there is one; they tell what joins several.

    Returns:
        `{"all": table}`, or those of train, validation and test that the source is divided into.

    Raises:
        DataError: The source cannot be used as it is.
    """
    labels = checked(
        LabelWish(task, tuple(label_columns), tuple(label_order), empty_labels, mark, tuple(classes)),
        label_column=label_column,
    )
    one_column = need_labels and not labels.columns
    options = TextOptions(text_column, text_pair_column, template)
    title = None if sheet is None else str(sheet)
    wish = Wish(title, sheet_optional, options.looked_for, label_column, one_column, header_line)
    with told_where_it_cannot_be_read(source):
        loaded, notes = load(source, reader=reader, wish=wish)
    tables: dict[str, Table] = {}
    for split, part in loaded.items():
        frame = part.frame
        refuse_unusable(part, frame, len(frame))
        columns = found_columns(frame, labels.columns, part.name, text=text_column) if need_labels else ()
        wanted = find_text_columns(
            frame.drop(columns=list(columns)),
            told(part.name, part.dialect),
            options,
            label_column=label_column,
            need_labels=one_column,
            header_line=part.dialect.first_line > 1,
        )
        wanted = replace(wanted, label=None) if columns else wanted
        table = table_of(
            part,
            wanted,
            columns,
            need_labels=need_labels,
            fix_encoding=fix_encoding,
            max_characters=max_characters,
            wish=labels,
        )
        told_now = wanted.told if not columns else wanted.texts_told
        table = replace(table, notes=all_notes(table, (told_now, *wanted.notes), table.notes))
        if need_labels:
            labels = replace(labels, task=table.task.name, mark=table.mark or labels.mark)
        if split in ("validation", "test") and len(table.dropped.get(NO_LABEL, ())) == len(table.frame):
            notes = (*notes, Message("{name} left out, for it has no labels", name=part.name))
            continue
        tables[split] = with_bad_rows_said(table, on_bad_rows, kept=len(table.row))
    first = next(iter(tables))
    tables[first] = replace(tables[first], notes=(*notes, *tables[first].notes))
    return tables


@contextmanager
def told_where_it_cannot_be_read(source: object) -> Iterator[None]:
    """Has the disk's complaint of a table told as what the user can mend.

    Raises:
        DataError: The disk complains.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            "{source}: cannot be read ({reason}): check the path and your right to read it",
            source=str(source),
            reason=reason(error),
        ) from error


def told(name: str, dialect: Dialect) -> AnyMessage | str:
    """Returns a table's name where something is missing in it; with the sheets, of which another may have them."""
    taken, *others = dialect.sheets or ("",)
    if not others:
        return name
    return Message(
        '{source}, sheet "{taken}" (there are also {others}: name one with --data.sheet)',
        source=name,
        taken=taken,
        others=quoted(others),
    )


def refuse_unusable(table: Loaded | Stream, frame: pd.DataFrame, rows: int) -> None:
    """Refuses a table without columns or rows, or with names that cannot be told apart.

    Raises:
        DataError: It is one.
    """
    if not len(frame.columns):
        raise DataError(
            "{source}: the table has no columns: give a text and a label column", source=table.name
        )
    if not rows:
        raise DataError(
            "{source}: only a header ({names}), no rows: add some under it",
            source=told(table.name, table.dialect),
            names=quoted(frame.columns),
        )
    refuse_twins([str(name) for name in frame.columns], table.name)


def table_of(
    loaded: Loaded,
    wanted: Columns,
    columns: tuple[str, ...],
    *,
    need_labels: bool,
    fix_encoding: bool,
    max_characters: int | None,
    wish: LabelWish,
) -> Table:
    """Returns a table whose columns are known, with what is said of its rows alone: see `all_notes`."""
    texts = texts_of(loaded, wanted.texts, fix_encoding=fix_encoding, max_characters=max_characters)
    again = set(header_again(loaded.frame, loaded.dialect.unnamed))
    unused = {
        position
        for positions in find_bad_rows(texts.together, None, again).values()
        for position in positions
    }
    read = _labels(
        loaded, wanted.label, columns, wish, need_labels=need_labels, fix_encoding=fix_encoding, skip=unused
    )
    label = None if read is None else shared(read.label)
    needed = label if need_labels and read is not None and not read.empty_is_none else None
    dropped = find_bad_rows(texts.together, needed, again, [] if read is None else read.unread)
    keep = np.ones(len(loaded.frame), dtype=bool)
    keep[[position for positions in dropped.values() for position in positions]] = False
    texts_repaired = Message(
        "{n:,} text repaired in memory", "{n:,} texts repaired in memory", n=texts.mended
    )
    return Table(
        source=loaded.name,
        frame=loaded.frame,
        text_column=wanted.texts[0].columns[0],
        label_column=wanted.label,
        row=np.flatnonzero(keep),
        label=None if label is None else list(compress(label, keep)),
        dropped=dropped,
        dialect=loaded.dialect,
        notes=(
            *texts.notes,
            *([texts_repaired] if texts.mended else []),
            *(() if read is None else read.notes),
        ),
        parts=loaded.parts,
        repaired=texts.repaired,
        max_characters=max_characters,
        task=single_label() if read is None else read.task,
        task_is_asked=wish.task != AUTO,
        label_columns=columns,
        order=wish.order,
        mark=None if read is None else read.mark,
        made_of=wanted.texts,
        long=texts.long,
    )


def all_notes(table: Table, of_columns: Notes, of_rows: Notes) -> Notes:
    """Returns all that is said of a table, in its order.

    Args:
        table: The table.
        of_columns: What is said of the choice of columns.
        of_rows: What is said of its rows, but of those that are long.
    """
    long = (_long(table, table.long),) if table.long else ()
    return (*table.dialect.remarks, *of_columns, *of_rows, *long)


def _labels(
    loaded: Loaded,
    column: str | None,
    columns: tuple[str, ...],
    wish: LabelWish,
    *,
    need_labels: bool,
    fix_encoding: bool,
    skip: Collection[int],
) -> Labels | None:
    """The labels; where none are needed those there are as they are written, whatever they are."""
    if columns:
        return labels_of_columns(loaded, columns, wish, skip=skip)
    if column is None:
        return None
    lists = names_in_lists(loaded.frame[column].tolist())
    if lists is not None and (not need_labels or wish.task in (AUTO, "multi_label")):
        return labels_of_lists(loaded, lists, wish, skip=skip)
    label = strings(loaded, column, needed=need_labels)
    if need_labels:
        return read_labels(loaded, label, column, wish, fix_encoding=fix_encoding, skip=skip)
    names, changed = class_names(label, fix_encoding=fix_encoding)
    return Labels(single_label() if wish.task == AUTO else task_of(wish.task), names, notes=changed)


def _long(table: Table, long: Sequence[int]) -> Message:
    return Message(
        "{n:,} text longer than --data.max_characters ({most:,}), of which only the beginning is read ({places})",
        "{n:,} texts longer than --data.max_characters ({most:,}), of which only the beginning is read ({places})",
        n=len(long),
        most=table.max_characters,
        places=table.places(long),
    )
