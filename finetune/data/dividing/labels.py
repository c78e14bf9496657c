"""Label names and class numbers: which classes there are, in which order. Decides nothing about rows."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.data.reading.class_names import folded_label
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.lookalikes import difference, look
from finetune.data.reading.table import Table
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed
from finetune.language.numbers import rows
from finetune.language.parts import PART_NAMES
from finetune.language.say import Message
from finetune.language.short import short

LONGEST_LABEL = 1000
"""Letters of a label: it stands in every table and figure, and is the key of its class's metrics."""


def label_names(table: Table) -> list[str]:
    """Returns the classes of a table: whole numbers in their order, all else by spelling.

    Raises:
        DataError: if the table has no label column, or fewer than two classes, or its labels are texts.
    """
    if table.label is None:
        raise DataError(
            "{source} has no label column. Name it with --data.label_column.", source=table.source
        )
    names = set(table.label)
    if len(names) < 2:
        raise DataError(
            '{source}: the label column "{column}" has 1 class ("{name}"). A classifier needs at least two: is it '
            "the right column? Name another with --data.label_column."
            if names
            else '{source}: no row has a label in the column "{column}". Is it the right column? Name another '
            "with --data.label_column.",
            source=table.source,
            column=table.label_column,
            name="".join(names),
        )
    longest = max(names, key=len)
    if len(longest) > LONGEST_LABEL:
        raise DataError(
            '{source}: a label in the column "{column}" has {letters:,} letters ("{name}"): is it the right column? '
            "Name another with --data.label_column.",
            source=table.source,
            column=table.label_column,
            letters=len(longest),
            name=longest,
        )
    if all(re.fullmatch(r"-?[0-9]+", name) for name in names):
        return sorted(names, key=lambda name: (int(name), name))  # "1" and "01" too have one order
    return sorted(names)


def class_numbers(
    table: Table, index: NDArray[np.int64], names: Sequence[str], *, part: str
) -> NDArray[np.int64]:
    """Returns the class number of each row of a part. [N]

    Raises:
        DataError: if a row has a label that is none of these.
    """
    numbers = {as_seen(name): number for number, name in enumerate(names)}  # as tables are read now
    numbers |= {name: number for number, name in enumerate(names)}
    labels = [(table.label or [])[i] for i in index]
    unknown = Counter(label for label in labels if label not in numbers)
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
    return np.array([numbers[label] for label in labels], dtype=np.int64)


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
