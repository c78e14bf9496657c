"""The answers kept alone where the whole file cannot be written any more: they took hours, the table is still there."""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from finetune.data.reading.dialect import Dialect
from finetune.errors import DiskError
from finetune.evaluation.predicted import delimited
from finetune.files.whole import write_through
from finetune.language.say import reason


def rescued(
    path: Path, error: OSError, names: Sequence[str], columns: Sequence[Any], dialect: Dialect
) -> DiskError | None:
    """Keeps the answers, and returns where, as an error to raise; None where no disk takes even them.

    Args:
        path: The file that was to be written.
        error: What its disk said.
        names: Of the answers' columns.
        columns: The answers, one for each row of the table.
        dialect: How the table was written.
    """
    plainly = replace(dialect, encoding="utf-8", bom=True, quoting=csv.QUOTE_MINIMAL)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            delimited.write(stream, names, columns, plainly)

    for folder in (path.parent, Path.cwd(), Path(tempfile.gettempdir())):
        place = _unused(folder, path.name.split(".")[0])
        try:
            write_through(place, write)
        except OSError:
            continue  # the next may be on another disk; that this one refuses is told anyway
        return DiskError(
            "{output} was not written: {why}. The answers are kept in {place}, one line for each row of the table, in "
            "its order: put these columns beside it, or make room and give the command again.",
            output=path,
            why=reason(error),
            place=place,
        )
    return None


def _unused(folder: Path, name: str) -> Path:
    numbered = (folder / f"{name}_answers{number or ''}.csv" for number in count())
    return next(place for place in numbered if not place.exists())
