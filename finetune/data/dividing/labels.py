"""Label names and class numbers: which classes there are, in which order. Decides nothing about rows."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.data.reading.table import Table
from finetune.errors import DataError


def label_names(table: Table) -> list[str]:
    """Returns the classes of a table: whole numbers in their order, all else by spelling.

    Raises:
        DataError: if the table has no label column, or fewer than two classes.
    """
    if table.label is None:
        raise DataError(f"{table.source} has no label column. Name it with --data.label_column.")
    names = set(table.label)
    if len(names) < 2:
        raise DataError(
            f'{table.source}: the label column "{table.label_column}" has {len(names)} class '
            f"({', '.join(names) or 'no rows at all'}). A classifier needs at least two: is it the right column? "
            "Name another with --data.label_column."
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
    numbers = {name: number for number, name in enumerate(names)}
    labels = [(table.label or [])[i] for i in index]
    unknown = Counter(label for label in labels if label not in numbers)
    if unknown:
        listed = ", ".join(f'"{label}" ({count} rows)' for label, count in unknown.most_common(10))
        known = ", ".join(f'"{name}"' for name in names[:20]) + (", ..." if len(names) > 20 else "")
        raise DataError(
            f"{table.source}: the {part} data has labels that are none of the model's classes: {listed}. The classes, "
            f"those of its training data, are {known}. Correct the spelling, remove those rows, "
            "or train anew with such rows in the training data."
        )
    return np.array([numbers[label] for label in labels], dtype=np.int64)
