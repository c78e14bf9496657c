"""Which of a table's first lines is its header, where titles and remarks may stand above it. Opens no file."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from finetune.data.reading.columns import BEST, NOT, WEAKLY
from finetune.data.reading.dialect import Notes
from finetune.data.reading.sheets import Wish
from finetune.errors import DataError
from finetune.language.lists import listed, quoted
from finetune.language.say import AnyMessage, Message, joined

LOOKED_AT = 60
"""First lines that are looked at; the header stands in the first half of them, under at most so many others."""

SHOWN_CELLS = 4
SHOWN_LETTERS = 40
MOST_TITLES = 5
"""Lines above a header that little else tells from texts."""


def header_place(rows: Sequence[Sequence[str]], wish: Wish) -> int:
    """Returns where the header stands: the first line that is not blank, unless another one surely is.

    It surely is where the first has not the columns that are wanted, another has them, and those above it are no rows
    of its table: a text and a label column in one line are names, a text column alone only under narrower lines.

    Args:
        rows: The first lines, one after the other, blank ones too.
        wish: The columns that are wanted.
    """
    filled = [sum(map(bool, map(str.strip, row))) for row in rows]
    first = next((place for place, cells in enumerate(filled) if cells), 0)
    at_first = wish.fits(rows[first])
    if at_first > WEAKLY:
        return first
    known_above = any(wish.knows(cell) for cell in rows[first])
    names_above = known_above or at_first != NOT
    for place in range(first + 1, min(len(rows), LOOKED_AT // 2)):
        if wish.fits(rows[place]) <= at_first:
            continue
        narrower = all(cells < filled[place] for cells in filled[:place])
        certain = wish.certain(rows[place])
        # without labels, a text beside a label can be read whatever its name is
        above_is_none = narrower and (wish.need_labels or filled[place] > 2)
        if certain and (above_is_none or not names_above):
            return place
        # a text may begin as a name does ("Pergunta sobre ..."): of doubtful names only narrower lines are titles
        if known_above or certain:
            continue
        if (narrower and _rows_follow(filled[place:])) or _under_a_title(rows, filled, place, wish):
            return place
    if (
        wish.need_labels
    ):  # without them it cannot be read, but what is said of it is of the right columns then
        return header_place(rows, replace(wish, need_labels=False))
    return first


def _rows_follow(filled: Sequence[int]) -> bool:
    """Whether a header, the first of these, is followed by a row that holds more than a single cell, and none wider."""
    below = [cells for cells in filled[1:] if cells]
    return bool(below) and max(below) <= filled[0] and max(below) > 1


def _under_a_title(rows: Sequence[Sequence[str]], filled: Sequence[int], place: int, wish: Wish) -> bool:
    """Whether a single column's name stands under titles and a blank line."""
    return (
        filled[place] == 1
        and not filled[place - 1]
        and are_titles(rows[:place])
        and wish.fits(rows[place]) == BEST
        and any(filled[place + 1 :])
    )


def are_titles(rows: Sequence[Sequence[str]]) -> bool:
    """Whether lines look like titles, not like the name of a column and texts: a few, of several words in one cell."""
    filled = [cells for row in rows if (cells := [cell for cell in row if cell.strip()])]
    return len(filled) <= MOST_TITLES and all(
        len(cells) == 1 and len(cells[0].split()) > 1 for cells in filled
    )


LEFT_ASIDE = Message("the header has no such line here: --data.header_line is left aside for this table")


def named_place(rows: Sequence[Sequence[str]], wish: Wish, path: object, *, number: int) -> int | None:
    """Returns where the header stands that the user named; None where that was for another table and is not so here.

    Args:
        rows: The first lines, at least down to the one that is named, if there are so many.
        wish: What is wanted.
        path: The table's name, for messages.
        number: Of the line, from 1.

    Raises:
        DataError: That line is blank or there is none, and it was named for this table.
    """
    place = number - 1
    there = place < len(rows) and any(cell.strip() for cell in rows[place])
    if there and not wish.optional:
        return place
    if wish.optional:
        serves = there and (wish.fits(rows[place]) != NOT or wish.fits(rows[header_place(rows, wish)]) == NOT)
        return place if serves else None
    raise DataError(
        "{path}: line {line} (--data.header_line) is blank; what stands first: {lines}. Give the number of the line "
        "that holds the names of the columns"
        if place < len(rows)
        else "{path}: there is no line {line} (--data.header_line); what stands first: {lines}. Give the number of "
        "the line that holds the names of the columns",
        path=path,
        line=number,
        lines=_first_lines(rows),
    )


def titles_said(rows: Sequence[Sequence[str]], *, first_line: int = 1) -> Notes:
    """Returns what is said of the lines above a header, of which the user sees this number on the first."""
    filled = {
        line: cells
        for line, row in enumerate(rows, first_line)
        if (cells := [cell for cell in row if cell.strip()])
    }
    titles = [line for line, cells in filled.items() if len(cells) == 1]
    others = [line for line, cells in filled.items() if len(cells) > 1]
    notes: list[Message] = []
    if titles:
        told = Message(
            "line {lines} is a title, not the header: left out",
            "lines {lines} are titles, not the header: left out",
            n=len(titles),
            lines=listed(titles),
        )
        notes.append(told)
    if others:
        told = Message(
            "line {lines} stands above the header, which is line {header}: left out ({cells})",
            "lines {lines} stand above the header, which is line {header}: left out ({cells})",
            n=len(others),
            lines=listed(others),
            header=first_line + len(rows),
            cells=joined([_shown(filled[line]) for line in others[:SHOWN_CELLS]], "; "),
        )
        notes.append(told)
    return tuple(notes)


def _first_lines(rows: Sequence[Sequence[str]]) -> AnyMessage:
    """The first lines with their numbers, as far as a message has room for them."""
    filled = [(line, row) for line, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    return joined(
        [
            Message("line {number}: {cells}", number=line, cells=_shown(cell for cell in row if cell.strip()))
            for line, row in filled[:SHOWN_CELLS]
        ],
        "; ",
    )


def _shown(cells: Iterable[str]) -> AnyMessage:
    """Some cells of a line, the long ones cut."""
    few = list(cells)[:SHOWN_CELLS]
    return quoted(cell if len(cell) <= SHOWN_LETTERS else f"{cell[:SHOWN_LETTERS]}…" for cell in few)
