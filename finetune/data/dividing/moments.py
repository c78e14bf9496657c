"""A column of dates or numbers as moments that can be put in order. Finds no column and divides nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed
from finetune.language.say import AnyMessage, Message, joined

Moments = NDArray[np.float64] | NDArray[np.int64]

# How Python writes a cell that is missing
EMPTY = ("", "None", "nan", "NaT", "<NA>")
LONGEST_SHOWN = 40  # characters of a cell in a message: it may be a text where a date should stand

DAY, MONTH, YEAR, MARK = r"(\d{1,2})", r"(0?[1-9]|1[0-2])", r"(\d{4})", r"[-/.]"
OVER_12 = r"(1[3-9]|2\d|3[01])"
CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[-+]\d{2}(:?\d{2})?)?"
DAY_MONTH_YEAR = rf"^{DAY}{MARK}{DAY}{MARK}{YEAR}\b"
MONTH_YEAR = rf"^{MONTH}{MARK}{YEAR}$"
ISO = rf"{YEAR}(-\d{{1,2}}(-\d{{1,2}}([T ]{CLOCK})?)?)?"


def moments(
    cells: Sequence[object], *, source: str, column: str, where: Callable[[int], AnyMessage]
) -> tuple[Moments, AnyMessage]:
    """Reads a column's cells as moments.

    Args:
        cells: N cells: strings, numbers, dates of Python, pandas, numpy or Excel.
        source: The table's name, for messages.
        column: The column's name, for messages.
        where: Where the n-th cell stands, in words: "line 4".

    Returns:
        The moments `[N]`, numbers as they are and dates in microseconds since 1970 in UTC; and how they were read.

    Raises:
        DataError: if a cell is empty or no moment, or the cells disagree on whether the day or the month is first.
    """
    text = pd.Series([str(cell).strip() for cell in cells], dtype="str")
    numbers = _numbers(text)
    if numbers.notna().all():
        return numbers.to_numpy(), Message("numbers, as they are")
    dates, note = _dates(text, Message('{source}, column "{column}"', source=source, column=column), where)
    # A column of numbers with a few blots is one of numbers: to list all its numbers would hide the blots
    unread = np.flatnonzero(min(dates.isna(), numbers.isna(), key=np.count_nonzero))
    if len(unread):
        raise DataError(
            '{source}: {n:,} cell of the time column "{column}" cannot be read as a moment: {cells}. Write all as '
            "dates (2024-12-31, 2024-12-31 13:45, 31/12/2024, 12/2024) or all as numbers, delete this row, or "
            "name another column with --data.time_column.",
            '{source}: {n:,} cells of the time column "{column}" cannot be read as a moment: {cells}. Write all as '
            "dates (2024-12-31, 2024-12-31 13:45, 31/12/2024, 12/2024) or all as numbers, delete these rows, or "
            "name another column with --data.time_column.",
            n=len(unread),
            source=source,
            column=column,
            cells=listed([_placed(text, int(place), where) for place in unread], most=SHOWN),
        )
    return dates.dt.as_unit("us").astype("int64").to_numpy(), note


def _numbers(text: "pd.Series[str]") -> "pd.Series[Any]":
    """The cells as numbers, those that are none as NaN. [N]"""
    month = text.str.fullmatch(MONTH_YEAR)
    if month.any() and (month | text.str.fullmatch(YEAR)).all():
        return pd.Series(np.nan, index=text.index)  # 12.2024 all the way down is a month
    numbers = pd.to_numeric(text, errors="coerce")
    whole = numbers.dtype == np.int64
    return numbers if whole else numbers.astype("float64").replace([np.inf, -np.inf], np.nan)


def _dates(
    text: "pd.Series[str]", column: AnyMessage, where: Callable[[int], AnyMessage]
) -> "tuple[pd.Series[Any], AnyMessage]":
    """The cells as dates, those that are none as NaT `[N]`; and how they were read."""
    month_first, note = _order(text, column, where)
    iso = (
        text.str.replace(DAY_MONTH_YEAR, r"\3-\1-\2" if month_first else r"\3-\2-\1", regex=True)
        .str.replace(MONTH_YEAR, r"\2-\1", regex=True)
        .str.replace("/", "-", regex=False)
        .str.replace(r",? +", " ", regex=True)
        .str.replace(r" ?UTC$", "Z", regex=True)
        .str.replace(r"(\.\d{6})\d+", r"\1", regex=True)  # nanoseconds reach from 1677 to 2262 alone
    )
    # "now" is a date as well to pandas
    iso = iso.where(iso.str.fullmatch(ISO))
    zoned = iso.str.contains(r":.*(?:Z|[-+]\d{2}(?::?\d{2})?)$", regex=True, na=False)
    if zoned.any() and not zoned.all():
        note = joined([note, Message("those without a time zone are taken as UTC")], "; ")
    return pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce"), note


def _order(
    text: "pd.Series[str]", column: AnyMessage, where: Callable[[int], AnyMessage]
) -> tuple[bool, AnyMessage]:
    """Whether the month stands before the day, which only the whole column tells; and a note on it."""
    day_first = np.flatnonzero(text.str.match(rf"{OVER_12}{MARK}{MONTH}{MARK}{YEAR}\b"))
    month_first = np.flatnonzero(text.str.match(rf"{MONTH}{MARK}{OVER_12}{MARK}{YEAR}\b"))
    if len(day_first) and len(month_first):
        raise DataError(
            "{column}: the day stands before the month in {one}, behind it in {other}: "
            "write all dates in one way, best as 2024-12-31.",
            column=column,
            one=_placed(text, int(day_first[0]), where),
            other=_placed(text, int(month_first[0]), where),
        )
    if len(month_first):
        return True, Message("dates, month before day")
    if len(day_first):
        return False, Message("dates, day before month")
    if text.str.match(DAY_MONTH_YEAR).any():
        return False, Message(
            "dates, day before month: no cell tells which (no number above 12), so 01/02/2024 was read as "
            "1 February; if that is wrong, write them as 2024-01-02"
        )
    return False, Message("dates")


def _placed(text: "pd.Series[str]", number: int, where: Callable[[int], AnyMessage]) -> Message:
    """Where a cell stands and what is in it: `line 4 ("ontem")`."""
    cell = text.iloc[number]
    if cell in EMPTY:
        return Message("{place} (empty)", place=where(number))
    dots = " ..." if len(cell) > LONGEST_SHOWN else ""
    return Message('{place} ("{cell}")', place=where(number), cell=cell[:LONGEST_SHOWN] + dots)
