"""JSON Lines: one object a row, numbers with all their digits. Dates are text in JSON."""

import datetime as dt
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.evaluation.predicted.cells import as_json
from finetune.evaluation.predicted.chunks import Pieces, rows_of
from finetune.evaluation.predicted.fitting import BYTES, DATES, OTHERS, Seen, fitted, looked_at
from finetune.language.say import AnyMessage


def look(column: "pd.Series[Any]") -> Seen:
    """Returns what is seen of some rows of a column."""
    return looked_at(column, _misfit)


def fit(column: "pd.Series[Any]", seen: Seen) -> Any:
    """Returns some rows of a column as JSON holds them."""
    return fitted(column, seen)


def _misfit(cell: Any) -> AnyMessage | None:
    if isinstance(cell, bool | int | float | Decimal | list | dict):
        return None
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return DATES
    return BYTES if isinstance(cell, bytes | bytearray | memoryview) else OTHERS


def write(stream: IO[bytes], names: Sequence[str], pieces: Pieces, dialect: Dialect) -> None:
    """Writes the table in UTF-8, whatever the input was in: JSON has no other."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    keys = [f"{as_json(name)}: " for name in names]
    for row in rows_of(pieces):
        cells = (key + as_json(cell) for key, cell in zip(keys, row, strict=True))
        text.write(f"{{{', '.join(cells)}}}\n")
    text.detach()


def header(stream: IO[bytes], dialect: Dialect) -> list[str]:
    """Returns the names in the first object of a file."""
    return list(json.loads(stream.readline()))
