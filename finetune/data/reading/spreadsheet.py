"""One sheet of an Excel workbook into a DataFrame. Knows nothing of which column is the text."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from finetune.data.reading.columns import BEST, NOT, WEAKLY, header_names, unnamed
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.header import (
    LEFT_ASIDE,
    LOOKED_AT,
    are_titles,
    header_place,
    named_place,
    titles_said,
)
from finetune.data.reading.limits import least_bytes, refuse_too_large
from finetune.data.reading.opening import compressed
from finetune.data.reading.other_kinds import refuse_no_workbook
from finetune.data.reading.sheets import ANY, Row, Wish, named
from finetune.data.reading.typed import typed_column
from finetune.data.reading.unsaved import Unsaved
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message
from finetune.plugins import require

if TYPE_CHECKING:
    from finetune.data.reading.workbook import Sheet


def read_xlsx(path: Path, wish: Wish = ANY) -> tuple[pd.DataFrame, Dialect]:
    """Reads one sheet; cells keep their types, formulas give their values, or `UNSAVED` where they have none.

    Args:
        path: The workbook.
        wish: Which sheet: named, or the visible one that has the columns best, or else any row; the first of equals.

    Raises:
        DataError: The file is no workbook, has no such sheet or only empty ones, or a row is wider than the header.
    """
    require("openpyxl")
    from finetune.data.reading.workbook import open_sheets  # imports openpyxl

    refuse_no_workbook(path)
    sheets = open_sheets(path)
    sheet, notes = _chosen(path, sheets, wish)
    rows = _rows(sheet)
    top, titles_left_out = _header(path, rows, wish)
    frame = _frame(path, rows, top)
    titles = [sheet.title, *(other.title for other in sheets if other is not sheet)]
    taken = Message(
        'sheet "{title}"; left out: {others}' if len(titles) > 1 else 'sheet "{title}"',
        title=sheet.title,
        others=quoted(titles[1:]),
    )
    dialect = Dialect(
        suffix=".xlsx",
        delimiter=";",  # what a Brazilian Excel expects of a CSV
        decimal=",",
        bom=True,
        unnamed=unnamed(_names(rows[top]), list(map(str, frame))),
        compressed=compressed(path),
        first_line=top + 2,
        remarks=(*notes, taken, *titles_left_out, *_unsaved(frame)),
        sheets=tuple(titles),
    )
    return frame, dialect


def _chosen(path: Path, sheets: "list[Sheet]", wish: Wish) -> "tuple[Sheet, Notes]":
    """The sheet to read, and what is said where it is not the one that was named."""
    by_title = {sheet.title: sheet for sheet in sheets}
    notes: Notes = ()
    if wish.sheet is not None:
        title = named(wish.sheet, list(by_title), [sheet.title for sheet in sheets if sheet.visible])
        if title is not None:
            return _filled(path, by_title[title]), ()
        if not wish.optional:
            raise DataError(
                '{path}: there is no sheet "{sheet}" (--data.sheet); the sheets are {titles}: give the title of one, '
                "or its number, from 1",
                path=path,
                sheet=wish.sheet,
                titles=quoted(by_title),
            )
        notes = (Message('no sheet "{sheet}" (--data.sheet): another one is taken', sheet=wish.sheet),)
    filled = _filled_ones(sheets, wish)
    if wish.names_needed and not any(well for well, _ in filled):
        filled = _filled_ones(sheets, wish.by_known_names)  # so that the name that was meant can be told
    if not filled:
        raise DataError(
            "{path}: no visible sheet of the workbook has a row ({others}): fill one",
            path=path,
            others=quoted(by_title),
        )
    return max(filled, key=lambda each: each[0])[1], notes


def _filled_ones(sheets: "list[Sheet]", wish: Wish) -> "list[tuple[int, Sheet]]":
    """The visible sheets that hold something, and how well each fits; none after the first that fits best."""
    filled: list[tuple[int, Sheet]] = []
    cover = False  # whether the first one, which is taken where no other fits, holds no table
    for sheet in sheets:
        try:
            top = _top(sheet) if sheet.visible else []
        except DataError:
            if not any(well for well, _ in filled):
                raise
            continue  # another can be taken: what is wrong with this one is no matter
        if not top:
            continue
        well, likely = _fits(top, wish)
        if not filled:
            cover = well == NOT and _is_cover(top)
        # to predict, any column can be read: a name that leaves a doubt goes before a cover alone
        elif well == WEAKLY and not wish.need_labels and not (likely and cover):
            well = NOT
        filled.append((well, sheet))
        if well == BEST:
            break
    return filled


def _filled(path: Path, sheet: "Sheet") -> "Sheet":
    if not _top(sheet):
        raise DataError(
            '{path}: the sheet "{title}" (--data.sheet) has no row: fill it, or name another',
            path=path,
            title=sheet.title,
        )
    return sheet


def _top(sheet: "Sheet") -> list[Row]:
    """The first rows of a sheet, blank ones before the others too; none where it has only blank ones."""
    top: list[Row] = []
    blank = 0
    for row in sheet.rows():
        top.append(row)
        blank += blank == len(top) - 1 and _is_blank(row)
        if len(top) == blank + LOOKED_AT:
            break
    return top if blank < len(top) else []


def _fits(top: list[Row], wish: Wish) -> tuple[int, bool]:
    """How well the header among the first rows of a sheet has the columns that are wanted; not without a row below.

    And whether it has a name that mostly is one of texts.
    """
    names = list(map(_names, top))
    named = (wish.header_line or 0) - 1
    place = named if 0 <= named < len(top) else header_place(names, wish)
    fits = wish.fits(names[place]) if not all(map(_is_blank, top[place + 1 :])) else NOT
    return fits, wish.likely(names[place])


def _is_cover(top: list[Row]) -> bool:
    """Whether the first rows of a sheet hold a cell each, and are not simply a name and texts under it."""
    names = list(map(_names, top))
    filled = [[cell for cell in row if cell.strip()] for row in names]
    single = all(len(cells) < 2 for cells in filled)
    begins_a_column = len(filled) > 1 and all(filled[:2]) and names[0][0].strip() and not are_titles(names)
    return single and not begins_a_column


def _header(path: Path, rows: list[Row], wish: Wish) -> tuple[int, Notes]:
    """Where the header stands in a sheet, and what is said of what stands above it."""
    number = wish.header_line
    names = [_names(row) for row in rows[: max(LOOKED_AT, number or 0)]]
    place = None if number is None else named_place(names, wish, path, number=number)
    left_aside = () if number is None or place is not None else (LEFT_ASIDE,)
    if place is None:
        first = next(place for place, row in enumerate(rows) if not _is_blank(row))
        place = header_place(names, wish) if first < len(names) else first
    return place, (*left_aside, *titles_said(names[:place]))


def _rows(sheet: "Sheet") -> list[Row]:
    """All rows up to the last that holds something."""
    rows = list(sheet.rows())
    while rows and _is_blank(rows[-1]):
        rows.pop()
    return rows


def _frame(path: Path, rows: list[Row], top: int) -> pd.DataFrame:
    """The rows under the header, which is the one at `top`."""
    header = header_names(_names(rows[top]), str(path))
    width = len(header)
    for line, row in enumerate(rows[top:], top + 1):
        if not _is_blank(row[width:]):
            raise DataError(
                "{path}: line {line} has cells to the right of the header's only column ({names}): "
                "name their columns or delete them, or, if the header is another line, give it with --data.header_line",
                "{path}: line {line} has cells to the right of the header's {n} columns ({names}): "
                "name their columns or delete them, or, if the header is another line, give it with --data.header_line",
                n=width,
                path=path,
                line=line,
                names=quoted(header),
            )
    body = rows[top + 1 :]
    refuse_too_large(path, least_bytes(len(body), width * len(body)))
    columns = {
        name: _column([row[place] if place < len(row) else None for row in body])
        for place, name in enumerate(header)
    }
    return pd.DataFrame(columns)


def _column(values: list[object]) -> "pd.Series[Any]":
    """A column with its types; as objects where a formula has no value, which a number's kind would not keep."""
    unsaved = any(isinstance(value, Unsaved) for value in values)
    return pd.Series(values, dtype=object) if unsaved else typed_column(values)


def _unsaved(frame: pd.DataFrame) -> Iterator[Message]:
    """What is said of the formulas that have no value."""
    for name in frame.columns:
        n = sum(isinstance(cell, Unsaved) for cell in frame[name].tolist())
        if n:
            yield Message(
                'the column "{column}" has {n:,} formula without a saved value',
                'the column "{column}" has {n:,} formulas without a saved value',
                n=n,
                column=name,
            )


def _name(cell: object) -> str:
    """A cell of the header as a name."""
    return "" if cell is None or isinstance(cell, Unsaved) else str(cell)


def _names(row: Row) -> list[str]:
    """A row as names."""
    return [_name(cell) for cell in row]


def _is_blank(row: Row) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)
