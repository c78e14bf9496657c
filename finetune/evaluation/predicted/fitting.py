"""A column of the user's as a kind of file can hold it, known before anything is computed. Writes nothing.

Some rows of a column are looked at after others; by what was seen of all of them each goes out.
"""

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
class Seen:
    """What was seen of some rows of a column.

    Attributes:
        what: What of them the kind of file cannot hold, so that the whole column is text there.
        broken: Whether characters have to be replaced.
        days: Whether each moment among them is a day.
        too_long: Whether a text is longer than a cell of the kind may be.
    """

    what: tuple[AnyMessage, ...] = ()
    broken: bool = False
    days: bool = True
    too_long: bool = False

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(
            tuple(dict.fromkeys((*self.what, *other.what))),
            self.broken or other.broken,
            self.days and other.days,
            self.too_long or other.too_long,
        )

    def settled(self) -> "Seen":
        """Returns it once all rows were seen: what is decided, without what it was decided by."""
        return self


def as_it_is(column: "pd.Series[Any]") -> bool:
    """Whether a column needs no look at its cells: numbers, and texts as Arrow holds them."""
    if isinstance(column.dtype, pd.StringDtype):
        return bool(column.dtype.storage == "pyarrow")
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb"


def looked_at(column: "pd.Series[Any]", misfit: Misfit) -> Seen:
    """Returns what is seen of some rows of a column; of numbers their ends tell of all."""
    if isinstance(column.dtype, pd.StringDtype) and as_it_is(column):
        return Seen()
    if as_it_is(column):
        return Seen(_misfits([plain(end) for end in (column.min(), column.max())], misfit))
    cells = [plain(cell) for cell in column.astype(object)]
    return Seen(_misfits(cells, misfit), any(whole(cell) != cell for cell in cells), are_days(cells))


def fitted(column: "pd.Series[Any]", seen: Seen, *, always_text: bool = False) -> Any:
    """Returns some rows of a column as they are, or as text where one of its cells does not fit.

    Args:
        column: The rows.
        seen: What was seen of all.
        always_text: Whether the kind holds nothing but texts and numbers, and everybody knows; broken numbers stay
            numbers.
    """
    if as_it_is(column):
        if not seen.what:
            return column
        always_text = False
    cells = [plain(cell) for cell in column.astype(object)]
    if always_text:
        # the decimal mark of a broken number is known to who writes it
        as_texts = texts(cells, days=seen.days)
        cells = [
            cell if isinstance(cell, float) else text for cell, text in zip(cells, as_texts, strict=True)
        ]
    elif seen.what:
        cells = texts(cells, days=seen.days)
    return [whole(cell) for cell in cells]


def _misfits(cells: Sequence[Any], misfit: Misfit) -> tuple[AnyMessage, ...]:
    told = (misfit(cell) for cell in cells if cell is not None and not isinstance(cell, str))
    return tuple(dict.fromkeys(what for what in told if what is not None))


def texts(cells: Sequence[Any], *, days: bool) -> list[Any]:
    """Returns plain cells as texts, moments as days where they all are."""
    return [as_text(cell) for cell in as_days(cells, days=days)]


def are_days(cells: Sequence[Any]) -> bool:
    """Whether none of the moments among plain cells has a time of day."""
    # what comes from pandas counts nanoseconds besides
    return not any(
        cell.time() != dt.time.min or cell.tzinfo is not None or getattr(cell, "nanosecond", 0)
        for cell in cells
        if isinstance(cell, dt.datetime)
    )


def as_days(cells: Sequence[Any], *, days: bool) -> Sequence[Any]:
    """Returns plain cells with days in place of moments, where all moments of the column are."""
    return [cell.date() if isinstance(cell, dt.datetime) else cell for cell in cells] if days else cells
