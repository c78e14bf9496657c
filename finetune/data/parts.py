"""Which rows of which table are train, validation and test. Reads no file; how to divide is in `splits`."""

from collections.abc import Mapping

import numpy as np

from finetune.data.batches import Integers
from finetune.data.labels import label_names
from finetune.data.splits import SplitFunction
from finetune.data.table import Table
from finetune.errors import DataError

Rows = tuple[Table, Integers]
"""A table, and which of its texts. [N]"""


def every_row(table: Table) -> Rows:
    """Returns all texts of a table."""
    return table, np.arange(len(table.row))


def one_part(tables: Mapping[str, Table], part: str) -> Rows:
    """Returns the rows of a source that is given for one part alone: all of it, or that part where it is divided.

    Raises:
        DataError: if it is divided, and not into this part.
    """
    table = tables.get("all") or tables.get(part)
    if table is None:
        sources = ", ".join(f"{name} ({table.source})" for name, table in tables.items())
        raise DataError(f"the source given for {part} is divided into {sources}: give one of these tables.")
    return every_row(table)


def all_parts(
    tables: Mapping[str, Table],
    own: Mapping[str, Rows],
    *,
    fractions: Mapping[str, float],
    divide: SplitFunction,
    seed: int,
) -> dict[str, Rows]:
    """Returns every part: those that have rows of their own, and the others cut from the training table.

    Args:
        tables: What the training source holds: `all`, or some of `train`, `validation`, `test`.
        own: Parts given by a source of their own; they win over those in `tables`.
        fractions: Share of `validation` and of `test`, where they are cut from the training table.
        divide: How they are cut.
        seed: Seed of the cut.

    Raises:
        DataError: if there is nothing to train on, or not two classes.
    """
    train = tables.get("all") or tables.get("train")
    if train is None:
        raise DataError(f"the training source has only {', '.join(tables)}: there is nothing to train on.")
    label_names(train)
    held = {
        part: every_row(table) for part, table in tables.items() if part in ("validation", "test")
    } | dict(own)
    validation, test = (0.0 if part in held else fractions[part] for part in ("validation", "test"))
    cut = divide(train.label or [], validation, test, seed)
    parts = {"train": (train, cut.train)}
    for part, index in (("validation", cut.validation), ("test", cut.test)):
        if part in held:
            parts[part] = held[part]
        elif len(index):
            parts[part] = (train, index)
    return parts
