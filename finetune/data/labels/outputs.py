"""A table's labels as outputs of a network: their names, and the targets of rows. Decides nothing about rows."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.data.labels.class_names import folded_label
from finetune.data.labels.grades import as_one_class
from finetune.data.labels.lookalikes import difference, look
from finetune.data.labels.order import (
    as_written,
    by_leading_number,
    in_the_order,
    likely_order,
    order_advised,
)
from finetune.data.reading.cells import cell_text
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.table import Table
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.numbers import rows
from finetune.language.parts import PART_NAMES
from finetune.language.say import Message
from finetune.language.short import short
from finetune.language.typed import command_line
from finetune.tasks.ordinal import ORDINAL, UnknownOrderError
from finetune.tasks.targets import encoded, unknown_parts
from finetune.tasks.task import MULTI, NUMBER, Targets

LONGEST_LABEL = 1000
"""Letters of a label: it stands in every table and figure, and is the key of its class's metrics."""


def label_names(table: Table) -> list[str]:
    """Returns the names of the outputs for a table, in the order of its task; of numbers that of their column.

    Raises:
        DataError: if the table has no label column, or fewer than two classes, or its labels are texts.
    """
    if table.label is None:
        raise DataError(
            "{source} has no label column. Name it with --data.label_column.", source=table.source
        )
    column = table.labels_from
    if table.task.problem_type == NUMBER:
        if len(set(table.label)) < 2:
            raise DataError(
                '{source}: all numbers in the column "{column}" are {value}: there is nothing to estimate. Is it the '
                "right column? Name another with --data.label_column.",
                source=table.source,
                column=column,
                value="".join(set(table.label)),
            )
        return [column]
    names = {part for label in set(table.label) for part in table.task.parts(label)}
    if len(names) == 1 and table.task.problem_type == MULTI:
        raise _one_alone(table, *names)
    if len(names) < 2:
        raise DataError(
            '{source}: the label column "{column}" has 1 class ("{name}"). A classifier needs at least two: is it '
            "the right column? Name another with --data.label_column."
            if names
            else '{source}: no row has a label in the column "{column}". Is it the right column? Name another '
            "with --data.label_column.",
            source=table.source,
            column=column,
            name="".join(names),
        )
    longest = max(names, key=len)
    if len(longest) > LONGEST_LABEL:
        raise DataError(
            '{source}: a label in the column "{column}" has {letters:,} letters ("{name}"): is it the right column? '
            "Name another with --data.label_column.",
            source=table.source,
            column=column,
            letters=len(longest),
            name=longest,
        )
    return _in_order(table, names)


def _one_alone(table: Table, name: str) -> DataError:
    """That of several labels there is one: to be there or not is a class each."""
    column = table.labels_from
    open_cells = sum(not cell_text(cell) for cell in table.frame[column].iloc[table.row])
    return DataError(
        '{source}: "{column}" has one label alone ("{name}"): several need at least two. To have yes and no as two '
        "classes, {first}give in place of {given}:\n  {options}",
        source=table.source,
        column=column,
        name=name,
        first=Message(
            'write a word in its {n:,} empty cell, such as "no", and ',
            'write a word in its {n:,} empty cells, such as "no", and ',
            n=open_cells,
        )
        if open_cells
        else "",
        given="--data.label_columns" if table.label_columns else "--task multi_label",
        options=command_line(["--data.label_column", column, "--task", "single_label"]),
    )


def _in_order(table: Table, names: set[str]) -> list[str]:
    """The names in the order of the user, or that of the task."""
    if table.order:
        return in_the_order(names, table.order, source=table.source, column=table.labels_from)
    try:
        return table.task.ordered(names)
    except UnknownOrderError as error:
        raise DataError(
            '{source}: the order of the classes in the column "{column}" is not known: {names}. Give them '
            "{example}",
            source=table.source,
            column=table.labels_from,
            names=quoted(sorted(names)),
            example=order_advised(names, likely_order(names) or by_leading_number(names)),
        ) from error


def known_order(table: Table, names: Collection[str]) -> Sequence[str]:
    """Returns the order that classes have by themselves or by the user; nothing where not all of them have one."""
    try:
        order = as_written(table.order, names) or (
            table.task.ordered(set(names)) if table.task.name == ORDINAL else ()
        )
    except UnknownOrderError:
        return ()
    return order if set(names) <= set(order) else ()


def targets_of(table: Table, index: NDArray[np.int64], names: Sequence[str], *, part: str) -> Targets:
    """Returns the targets of the rows of a part: class numbers [N], labels that each has [N, C], or numbers [N].

    Raises:
        DataError: if a row has a label that is none of these.
    """
    numbers = {as_seen(name): number for number, name in enumerate(names)}  # as tables are read now
    numbers |= {name: number for number, name in enumerate(names)}
    labels = [(table.label or [])[i] for i in index]
    if table.task.name == ORDINAL:  # a table of its own for validation may write them otherwise
        labels = as_one_class(labels, names)[0]
    unknown = unknown_parts(labels, numbers, table.task)
    if unknown:
        raise DataError(
            "{source}: the {part} data has labels that are none of the model's classes: {labels}. The classes, "
            "those of its training data, are {classes}. Correct the spelling, remove those rows, "
            "or train anew with such rows in the training data.",
            source=table.source,
            part=PART_NAMES[part],
            labels=listed(_unknown(unknown, names), most=SHOWN),
            classes=listed([f'"{short(name)}"' for name in names]),
        )
    return encoded(labels, numbers, table.task)


def _unknown(unknown: Counter[str], names: Sequence[str]) -> list[Message]:
    """Labels that are no classes, the most frequent first, with the class that one is written almost as."""
    looking = {look(name): name for name in names}
    spelt = {folded_label(name): name for name in names}
    found = []
    for label, count in unknown.most_common():
        alike = looking.get(look(label))
        found.append(
            Message(
                '"{label}" ({rows}; it only looks like the class "{name}": {differs})'
                if alike is not None
                else '"{label}" ({rows}; the class is written "{name}")'
                if folded_label(label) in spelt
                else '"{label}" ({rows})',
                label=short(label),
                rows=rows(count),
                name=short(alike or spelt.get(folded_label(label))),
                differs=None if alike is None else difference(label, alike),
            )
        )
    return found
