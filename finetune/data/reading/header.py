"""Which of a table's first lines is its header, where titles and remarks may stand above it. Opens no file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from finetune.data.reading.columns import BEST, NOT, WEAKLY, fold
from finetune.data.reading.dialect import Notes
from finetune.data.reading.sheets import Wish
from finetune.errors import DataError
from finetune.language.lists import listed, quoted
from finetune.language.say import AnyMessage, Message, joined
from finetune.language.short import short

LOOKED_AT = 60
"""First lines that are looked at; the header stands in the first half of them, under at most so many others."""

SHOWN_CELLS = 4
SHOWN_LETTERS = 41
MOST_TITLES = 5
"""Lines above a header that little else tells from texts."""

NAME_LETTERS, NAME_WORDS = 40, 4
NO_NAME = re.compile(r"[,.:;?!|\t]")
"""What makes a cell a sentence, or several cells of another delimiter."""


def header_place(rows: Sequence[Sequence[str]], wish: Wish) -> int:
    """Returns where the header stands: the first line that is not blank, unless another one surely is.

    It surely is where the first has not the columns that are wanted, another has them, and those above it are no rows
    of its table: a text and a label column in one line are names, a text column alone only under narrower lines, and
    names that leave a doubt only under titles.

    Args:
        rows: The first lines, one after the other, blank ones too.
        wish: The columns that are wanted.
    """
    first = next((place for place, row in enumerate(rows) if any(map(str.strip, row))), 0)
    found = _place(rows, wish, first)
    if found is None and wish.need_labels:
        # without them it cannot be read, but what is said of it is of the right columns then
        found = _place(rows, replace(wish, need_labels=False), first, all_names=True)
    if found is None and wish.names_needed and wish.fits(rows[first]) == NOT:
        return header_place(rows, wish.by_known_names)  # so that the name that was meant can be told
    return first if found is None else found


def _place(rows: Sequence[Sequence[str]], wish: Wish, first: int, *, all_names: bool = False) -> int | None:
    """Where a header with the columns that are wanted stands, if it does.

    Args:
        rows: The first lines.
        wish: The columns that are wanted.
        first: The first line that is not blank.
        all_names: Whether all cells of another line than that one have to look like names.
    """
    filled = [sum(map(bool, map(str.strip, row))) for row in rows]
    at_first = wish.fits(rows[first])
    if at_first > WEAKLY:
        return first
    known_above = any(wish.knows(cell) for cell in rows[first])
    for place in range(first + 1, min(len(rows), LOOKED_AT // 2)):
        fits = wish.fits(rows[place])
        if fits == NOT or (all_names and not _are_names(rows[place])):
            continue
        if wish.certain(rows[place]):
            narrower = all(cells < filled[place] for cells in filled[:place])
            # without labels, a text beside a label can be read whatever its name is
            above_is_none = narrower and (wish.need_labels or filled[place] > 2)
            if above_is_none or not (known_above or at_first != NOT):
                return place
        # a text may begin as a name does ("Pergunta sobre ..."): of doubtful names only titles are none
        elif not known_above and (
            _surely_names(rows, place, unsure=fits == WEAKLY)
            or (fits > WEAKLY and (_under_narrower(rows, place) or _under_a_title(rows, place, wish)))
        ):
            return place
    return None


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """How many cells rows have up to the last that is filled: a column without a name is one, too."""
    return [max((place for place, cell in enumerate(row, 1) if cell.strip()), default=0) for row in rows]


def _under_narrower(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a line stands under narrower ones, and above some that hold more than a single cell, and none wider."""
    above, [width, *below] = _widths(rows[:place]), _widths(rows[place:])
    return max(above) < width and 1 < max(below, default=0) <= width


def _surely_names(rows: Sequence[Sequence[str]], place: int, *, unsure: bool) -> bool:
    """Whether a line of several names stands under titles, and above rows as wide; of unsure ones, under narrower."""
    above, [width, *below] = _widths(rows[:place]), _widths(rows[place:])
    titles = are_titles(rows[:place]) and (max(above) < width or not unsure)
    return titles and max(below, default=0) == width > 1 and _are_names(rows[place])


def _are_names(row: Sequence[str]) -> bool:
    """Whether all cells of a line look like names of columns: short, no sentence, no number, each another one."""
    names = [cell.strip() for cell in row if cell.strip()]
    return len(set(map(fold, names))) == len(names) and all(
        len(name) <= NAME_LETTERS
        and len(name.split()) <= NAME_WORDS
        and not NO_NAME.search(name)
        and any(map(str.isalpha, name))
        for name in names
    )


def _under_a_title(rows: Sequence[Sequence[str]], place: int, wish: Wish) -> bool:
    """Whether a single column's name stands under titles and a blank line."""
    filled = [any(map(str.strip, row)) for row in rows]
    return (
        sum(map(bool, map(str.strip, rows[place]))) == 1
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
    return quoted(short(cell, most=SHOWN_LETTERS) for cell in few)
