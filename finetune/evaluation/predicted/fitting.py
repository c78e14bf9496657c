"""A column of the user's as a kind of file can hold it, known before anything is computed. Writes nothing."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finetune.evaluation.predicted.cells import as_text, plain, whole
from finetune.language.say import AnyMessage, Message

Misfit = Callable[[Any], AnyMessage | None]
"""Says of a plain cell that is no text what it is that a kind of file cannot hold; None where it can."""

NESTED = Message("lists and objects")
BYTES = Message("bytes")
DATES = Message("dates and times")
OTHERS = Message("values of such a kind")


@dataclass(frozen=True)
class Fitted:
    """A column as it goes out.

    Attributes:
        cells: What is written, one for each row.
        what: What of the column the kind of file cannot hold, so that it is text there.
        broken: Whether characters were replaced.
    """

    cells: Any
    what: tuple[AnyMessage, ...] = ()
    broken: bool = False


def fitted(column: "pd.Series[Any]", misfit: Misfit, *, always_text: bool = False) -> Fitted:
    """Returns a column as it is, or all of it as text where one of its cells does not fit.

    Numbers, and texts as Arrow holds them, are not copied, and their ends tell of all.

    Args:
        column: The column.
        misfit: What the kind of file cannot hold.
        always_text: Whether it holds nothing but texts and numbers, and everybody knows; broken numbers stay numbers.
    """
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
        return Fitted(column)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        ends = [plain(end) for end in (column.min(), column.max())]
        return fitted(column.astype(object), misfit) if _misfits(ends, misfit) else Fitted(column)
    cells = [plain(cell) for cell in column.astype(object)]
    what = _misfits(cells, misfit)
    if always_text:
        # the decimal mark of a broken number is known to who writes it
        cells = [
            cell if isinstance(cell, float) else text for cell, text in zip(cells, texts(cells), strict=True)
        ]
    elif what:
        cells = texts(cells)
    unbroken = [whole(cell) for cell in cells]
    return Fitted(unbroken, what, broken=unbroken != cells)


def _misfits(cells: Sequence[Any], misfit: Misfit) -> tuple[AnyMessage, ...]:
    told = (misfit(cell) for cell in cells if cell is not None and not isinstance(cell, str))
    return tuple(dict.fromkeys(what for what in told if what is not None))


def texts(cells: Sequence[Any]) -> list[Any]:
    """Returns plain cells as texts."""
    return [as_text(cell) for cell in as_days(cells)]


def as_days(cells: Sequence[Any]) -> Sequence[Any]:
    """Returns plain cells with days in place of moments, where none of these has a time of day."""
    moments = [cell for cell in cells if isinstance(cell, dt.datetime)]
    # what comes from pandas counts nanoseconds besides
    if any(
        cell.time() != dt.time.min or cell.tzinfo is not None or getattr(cell, "nanosecond", 0)
        for cell in moments
    ):
        return cells
    return [cell.date() if isinstance(cell, dt.datetime) else cell for cell in cells] if moments else cells
