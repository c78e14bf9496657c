"""From what the user names as data to the rows of each part. Wires sources, tables and parts; no tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from finetune.data.dividing.parts import Division, Rows, all_parts, check_columns, every_row, one_part
from finetune.data.reading.table import Table, read_source
from finetune.errors import DataError

if TYPE_CHECKING:
    import datasets

    Source: TypeAlias = str | Path | pd.DataFrame | datasets.Dataset | datasets.DatasetDict
else:
    # what a command line can give; in Python a DataFrame or a Dataset serves as well
    Source = str

Say = Callable[[str], None]
"""Takes a line for the user."""


def silent(text: str) -> None:
    """Says nothing: it was said before."""


DEMO = Path(__file__).parent / "demo" / "agro.csv"
"""The table that the path `demo` stands for."""

FLAGS: dict[str, str] = {
    "train": "--data.path",
    "validation": "--data.validation_path",
    "test": "--data.test_path",
    "predict": "--data.predict_path",
}


@dataclass(frozen=True)
class Reading:
    """How tables are read; each as `read_source` has it."""

    text_column: str | None = None
    label_column: str | None = None
    reader: str | None = None
    on_bad_rows: Literal["drop", "error"] = "drop"
    fix_encoding: bool = False


def read(paths: Mapping[str, Source | None], part: str, reading: Reading, say: Say) -> dict[str, Table]:
    """Reads the source of a part.

    Raises:
        DataError: if none is given, or it cannot be used.
    """
    source = paths[part]
    if source is None:
        raise DataError(
            f"no table is given. Give one with {FLAGS[part]}, for example {FLAGS[part]} dados.csv"
        )
    tables = read_source(
        DEMO if isinstance(source, str) and source == "demo" else source,
        text_column=reading.text_column,
        label_column=reading.label_column,
        need_labels=part != "predict",
        on_bad_rows=reading.on_bad_rows,
        reader=reading.reader,
        fix_encoding=reading.fix_encoding,
    )
    for table in tables.values():
        for note in table.notes:
            say(f"{table.source}: {note}")
    return tables


def read_parts(
    paths: Mapping[str, Source | None], reading: Reading, division: Division, say: Say
) -> dict[str, Rows]:
    """Returns the rows of train, validation and test, as far as there are any.

    Raises:
        DataError: if a source cannot be used, or the rows cannot be divided as asked.
    """
    tables = read(paths, "train", reading, say)
    own = {
        part: one_part(read(paths, part, reading, say), part)
        for part in ("validation", "test")
        if paths[part] is not None
    }
    return all_parts(tables, own, division, say)


def undivided(paths: Mapping[str, Source | None], reading: Reading, division: Division) -> dict[str, Rows]:
    """Returns the rows of all sources as they are: what has no part of its own counts as training rows.

    Raises:
        DataError: if a source cannot be used, or has not the columns that should divide it.
    """
    tables = read(paths, "train", reading, silent)
    for table in tables.values():
        check_columns(table, division)
    rows = {"train" if part == "all" else part: every_row(table) for part, table in tables.items()}
    for part in ("validation", "test"):
        if paths[part] is not None:
            rows |= read_one(paths, part, reading, silent)
    return rows


def read_one(paths: Mapping[str, Source | None], part: str, reading: Reading, say: Say) -> dict[str, Rows]:
    """Returns the rows of one part that has a source of its own."""
    return {part: one_part(read(paths, part, reading, say), part)}
