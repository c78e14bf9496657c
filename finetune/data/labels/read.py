"""A table's labels: what they are, and each as the text that all of the program knows it by. Leaves out no row.

What is asked decides; where nothing is, the labels do where they leave no doubt, and else each is one class.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from finetune.data.labels.class_names import class_names
from finetune.data.labels.columns import of_columns
from finetune.data.labels.grades import as_one_class
from finetune.data.labels.joined import (
    best_mark,
    canonical,
    holding_the_mark,
    joined_otherwise,
    known_marks,
    never_apart,
)
from finetune.data.labels.likely_task import decided
from finetune.data.labels.number_column import numbers_of_column
from finetune.data.labels.order import as_written
from finetune.data.labels.wish import LabelWish, refuse_none_of_others
from finetune.data.reading.cells import cell_text
from finetune.data.reading.dialect import Notes
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.loaded import Loaded
from finetune.errors import DataError
from finetune.language.lists import SHOWN, quoted
from finetune.language.say import AnyMessage, Message
from finetune.language.short import short
from finetune.tasks.multi_label import MARK, NONE
from finetune.tasks.ordinal import ORDINAL, UnknownOrderError
from finetune.tasks.table import AUTO, task_of
from finetune.tasks.task import MULTI, NUMBER, Task

LISTS = (list, tuple, np.ndarray)
"""What holds several values in a cell."""

MOST_TOLD = 11
"""Classes of an order that are all told; of more the first and the last."""


@dataclass(frozen=True)
class Labels:
    """What a table's labels are.

    Attributes:
        task: What they are.
        label: [N] each as its canonical text; "" for none.
        empty_is_none: Whether an empty one says that the row has no label, and is no gap.
        unread: Positions of the cells that hold something else than what labels are.
        mark: What joins several in a cell of this table, where anything does; of numbers what stands before decimals.
        notes: What the user should know.
    """

    task: Task
    label: list[str]
    empty_is_none: bool = False
    unread: list[int] = field(default_factory=list)
    mark: str | None = None
    notes: Notes = ()


def read_labels(
    loaded: Loaded,
    label: list[str],
    column: str,
    wish: LabelWish,
    *,
    fix_encoding: bool,
    skip: Collection[int],
) -> Labels:
    """Reads the labels of one column.

    Args:
        loaded: The table.
        label: [N] the cells as text.
        column: Where they stand.
        wish: What is asked of them.
        fix_encoding: Whether damaged letters are repaired.
        skip: Positions of the rows whose labels do not count.

    Raises:
        DataError: if they are not what is asked.
    """
    label, changed = class_names(label, fix_encoding=fix_encoding)
    cells = loaded.frame[column].tolist()
    skipped = frozenset(skip)
    counting = [position for position, name in enumerate(label) if name and position not in skipped]
    some = [label[position] for position in counting]
    task, found = decided(some, [cells[position] for position in counting], wish)
    refuse_none_of_others(wish, task)
    if task.problem_type == NUMBER:
        numbers, told = numbers_of_column(loaded, label, column, counting=counting, mark=wish.mark)
        mark = numbers.decimal if numbers.decimal in (",", ".") else None
        read = Labels(task, numbers.text, unread=numbers.unread, mark=mark, notes=told)
    elif task.problem_type == MULTI:
        read = _several(loaded, label, column, task, counting, wish, skip=skipped)
    else:
        alike: Notes = ()
        if task.name == ORDINAL:
            label, alike = as_one_class(label, wish.order or wish.classes)
            some = [label[position] for position in counting]
        read = Labels(task, label, notes=(*alike, *_order(task, some, wish)))
    return replace(read, notes=(*changed, *found, *read.notes))


def labels_of_columns(
    loaded: Loaded, columns: Sequence[str], wish: LabelWish, *, skip: Collection[int]
) -> Labels:
    """Reads the labels that have a column each.

    Raises:
        DataError: if a cell says neither yes nor no.
    """
    task = task_of("multi_label" if wish.task == AUTO else wish.task)
    label, notes = of_columns(loaded, columns, skip=skip)
    told = Message("labels: several at once, one column each: {names}", names=quoted(sorted(columns)))
    empty = wish.empty != "drop"
    skipped = frozenset(skip)
    some = [name for position, name in enumerate(label) if position not in skipped]
    return Labels(task, label, empty, [], None, (told, *notes, *_none(some.count(NONE), len(some), wish)))


def names_in_lists(cells: Sequence[object]) -> list[tuple[str, ...]] | None:
    """Returns the names in cells that are lists, as JSON and Parquet have them; None where some are none. [N]"""
    if not any(isinstance(cell, LISTS) for cell in cells):
        return None
    lists = [() if cell_text(cell) == "" else _names(cell) for cell in cells]  # [N]
    return [names for names in lists if names is not None] if any(lists) and None not in lists else None


def _names(cell: object) -> tuple[str, ...] | None:
    if not isinstance(cell, LISTS):
        return None
    names = [cell_text(each) for each in cell]
    return tuple(name for name in names if name) if None not in names else None


def labels_of_lists(
    loaded: Loaded, lists: Sequence[tuple[str, ...]], wish: LabelWish, *, skip: Collection[int]
) -> Labels:
    """Reads labels that stand in a list, several of a row.

    Raises:
        DataError: if one holds the sign that joins them.
    """
    holding = sorted({name for names in lists for name in names if MARK in name})
    if holding:
        raise _holding(loaded.name, holding)
    seen = {name: as_seen(name).strip() for names in lists for name in names}
    label = [MARK.join(sorted({seen[name] for name in names} - {""})) for names in lists]
    empty = wish.empty != "drop"
    told = Message("labels: several at once, in lists")
    skipped = frozenset(skip)
    gaps = sum(not name for position, name in enumerate(label) if position not in skipped)
    return Labels(
        task_of("multi_label" if wish.task == AUTO else wish.task),
        label,
        empty,
        [],
        None,
        (told, *_none(gaps, len(label) - len(skipped), wish)),
    )


# ---- each kind ----------------------------------------------------------------------------------------------


def _several(
    loaded: Loaded,
    label: list[str],
    column: str,
    task: Task,
    counting: Sequence[int],
    wish: LabelWish,
    *,
    skip: Collection[int],
) -> Labels:
    some = [label[position] for position in counting]
    names = Counter(some)
    mark = _mark(names, wish)
    holding = holding_the_mark(names, mark)
    if holding:
        raise _holding(Message('{source}, column "{column}"', source=loaded.name, column=column), holding)
    notes: list[Message] = []
    if wish.task != AUTO:
        notes.append(
            Message('labels: several at once, joined by "{mark}"', mark=mark)
            if mark
            else Message('labels: several at once, though no cell joins any (by "|", ";" or ",")')
        )
    together = never_apart(some, mark) if mark else None
    notes += [together] if together else []
    notes += joined_otherwise(names, mark) if mark else []
    cut = canonical(label, mark)
    empty = wish.empty != "drop"
    rows = len(label) - len(skip)
    return Labels(task, cut, empty, [], mark, (*notes, *_none(rows - len(some), rows, wish)))


def _mark(names: Collection[str], wish: LabelWish) -> str | None:
    """What joins the labels: as those of the first table, unless a table to test on joins known classes otherwise."""
    by_classes = known_marks(names, wish.classes)
    if not by_classes:
        return wish.mark or best_mark(names)
    return wish.mark if wish.mark in by_classes else by_classes[0]


def _order(task: Task, labels: Sequence[str], wish: LabelWish) -> Notes:
    """What is said of the order of classes, where they have one and it is known."""
    try:
        names = set(labels)
        order = as_written(wish.order, names) or (task.ordered(names) if task.name == ORDINAL else [])
    except UnknownOrderError:  # of the table to train on that is an error: see `label_names`
        return ()
    shown = order if len(order) <= MOST_TOLD else [*order[:3], "…", order[-1]]
    told = Message("labels: classes in an order: {order}", order=" < ".join(map(short, shown)))
    return (told,) if order else ()


def _holding(place: AnyMessage | str, names: Sequence[str]) -> DataError:
    return DataError(
        '{place}: the label {names} holds "{mark}", which joins labels wherever they are written: replace it by '
        "another sign",
        '{place}: the labels {names} hold "{mark}", which joins labels wherever they are written: replace it by '
        "another sign",
        n=len(names),
        place=place,
        names=quoted(names, most=SHOWN),
        mark=MARK,
    )


def _none(count: int, rows: int, wish: LabelWish) -> Notes:
    """What is said of rows without a label, which count as having none: where they are most, they may be unlabelled."""
    if not count or wish.empty == "drop":
        return ()
    if wish.empty is None and 2 * count > rows:
        told = Message(
            "{n:,} of {rows:,} rows has no label, and counts as having none. If it is only not labelled yet, leave it "
            "out with --data.empty_labels drop; if it has none, say so with --data.empty_labels none",
            "{n:,} of {rows:,} rows have no label, and count as having none. If they are only not labelled yet, leave "
            "them out with --data.empty_labels drop; if they have none, say so with --data.empty_labels none",
            n=count,
            rows=rows,
        )
        return (told,)
    told = Message(
        "{n:,} row without any label, which counts as having none; --data.empty_labels drop leaves it out",
        "{n:,} rows without any label, which count as having none; --data.empty_labels drop leaves them out",
        n=count,
    )
    return (told,)
