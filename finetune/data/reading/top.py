"""What stands above the header of delimited text: the line that names its delimiter, and titles. Reads no rows."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from finetune.data.reading.columns import WEAKLY, WELL
from finetune.data.reading.encoding import unmarked
from finetune.data.reading.header import (
    LEFT_ASIDE,
    LOOKED_AT,
    are_titles,
    header_place,
    named_place,
    titles_said,
)
from finetune.data.reading.layout import DELIMITERS, Top, find_delimiter, fitting, holds, sample_rows
from finetune.data.reading.records import NO_DELIMITER, cells_may_be_long
from finetune.data.reading.sheets import Wish
from finetune.language.say import Message

SEPARATOR = re.compile(r"""\ufeff*"?sep[ ]*=[ ]*(\\t|tab|[^\w\s"'\\]|\t)?"?[,;\t|]*\s*""", re.IGNORECASE)
"""The first line of Excel, which names the delimiter."""


def find_top(sample: str, wish: Wish, path: Path) -> Top:
    """Returns the delimiter and what stands above the header: a line that names the delimiter, and titles.

    Args:
        sample: The beginning of the file.
        wish: The columns that are wanted, or the header's line.
        path: The table's name, for messages.

    Raises:
        DataError: The header's line is named, and blank or not there.
    """
    lines = list(unmarked(io.StringIO(sample, newline="")))
    separator = SEPARATOR.fullmatch(lines[0] if lines else "")
    first = Top("") if separator is None else _separated(separator[1] or "", lines[1:], wish)
    if wish.header_line is not None:
        return _named(lines, first, wish, path, number=wish.header_line)
    return _found(lines[first.lines :], first, wish)


def _separated(named: str, lines: Sequence[str], wish: Wish) -> Top:
    """What the line that names the delimiter says, if it does and the lines under it are cut there."""
    delimiter = "\t" if named.casefold() in ("tab", "\\t") else named
    if not delimiter:
        return Top("", 1, 1, (Message('line 1 ("sep=") names no delimiter: left out'),))
    if not _cuts(lines, delimiter, wish):
        told = Message('line 1 ("sep=...") names a delimiter at which the table is not cut: left out')
        return Top("", 1, 1, (told,))
    return Top(delimiter, 1, 1, (Message('line 1 ("sep=...") names the delimiter: left out'),))


def _cuts(lines: Sequence[str], delimiter: str, wish: Wish) -> bool:
    """Whether lines are cut at the delimiter that is named for them, or surely at no other one."""
    sample = "".join(lines)
    other = find_delimiter(sample, wish)
    rows, other_rows = sample_rows(sample, delimiter), sample_rows(sample, other)
    if other in (NO_DELIMITER, delimiter) or len(rows[0]) > 1:
        return True
    nowhere = all(len(row) == 1 for row in rows)
    return not (nowhere and fitting(other_rows) == 1) and wish.fits(other_rows[0]) < WELL


def _found(lines: Sequence[str], first: Top, wish: Wish) -> Top:
    """The same where the header is found by its names; `first` is what the line above these says."""
    delimiter = first.delimiter or find_delimiter("".join(lines), wish)
    plain = replace(first, delimiter=delimiter)
    places = range(min(len(lines), LOOKED_AT))
    rows = _rows(lines, delimiter, places)
    first_row = next(filter(holds, rows), None)
    if first_row is None or wish.fits(first_row) > WEAKLY:
        return plain
    # without labels, a single column of any name can be read, and one beside a label
    readable = not wish.need_labels and (delimiter == NO_DELIMITER or any(map(wish.knows, first_row)))
    # cut at the right delimiter, a line under the titles has the columns, and the rows fit it
    found: dict[str, tuple[bool, float, int]] = {}
    for each in [first.delimiter] if first.delimiter else [*DELIMITERS, NO_DELIMITER]:
        rows = _rows(lines, each, places)
        place = header_place(rows, wish)
        one = each not in (first.delimiter, NO_DELIMITER) and len(rows[place]) == 1  # cut nowhere
        if any(line.strip() for line in lines[:place]) and not one:
            under = sample_rows("".join(lines[place:]), each)
            quoted = f'"{each}"' in lines[place]
            well = wish.fits(rows[place]) >= WELL
            if (
                not readable
                or each == delimiter
                or _surely_cut(rows[:place], under, quoted=quoted, well=well)
            ):
                found[each] = well, fitting(under), place
    if not found:
        return plain
    best = max(found, key=lambda each: found[each][:2])
    return _below(lines, replace(first, delimiter=best), found[best][2])


def _named(lines: Sequence[str], first: Top, wish: Wish, path: Path, *, number: int) -> Top:
    """The same where the user named the header's line."""
    number = max(number, first.rows + 1)  # the one that names the delimiter is no header
    delimiter = first.delimiter or find_delimiter("".join(lines), wish)
    starts = _starts(lines, delimiter)
    under = lines[starts[number - 1] :] if number <= len(starts) else []
    if not first.delimiter and any(map(str.strip, under)):
        delimiter = find_delimiter("".join(under), wish)
    rows = _rows(lines, delimiter, starts[: max(number, LOOKED_AT)])
    place = named_place(rows, wish, path, number=number)
    if place is None:
        top = _found(lines[first.lines :], first, wish)
        return replace(top, notes=(*top.notes, LEFT_ASIDE))
    return _below(lines[first.lines :], replace(first, delimiter=delimiter), starts[place] - first.lines)


def _below(lines: Sequence[str], first: Top, place: int) -> Top:
    """What stands above a header: `first`, and the lines under it up to this place."""
    above = lines[:place]
    starts = _starts(above, first.delimiter)
    rows = _rows(above, first.delimiter, starts)
    said = titles_said(rows, first_line=first.rows + 1)
    return Top(first.delimiter, first.lines + place, first.rows + len(rows), (*first.notes, *said))


def _surely_cut(
    above: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], *, quoted: bool, well: bool
) -> bool:
    """Whether lines that could be texts are rows under titles: all fit the first, which has no blank beside a mark.

    And its cells are quoted or more than two, or a blank line stands above it, or titles where it has the columns well.
    """
    tight = all(cell == cell.strip() for cell in rows[0])
    fits = len(rows) > 1 and all(len(row) == len(rows[0]) for row in rows[1:-1] or rows[1:])
    several = len(set(rows[0])) == len(rows[0]) > 2
    return tight and fits and (quoted or several or not holds(above[-1]) or (well and are_titles(above)))


def _rows(lines: Sequence[str], delimiter: str, places: Iterable[int]) -> list[list[str]]:
    """What some lines are if a row begins there: then a quote that is left open in a title hides no header."""
    with cells_may_be_long():
        return [next(csv.reader(lines[at : at + LOOKED_AT], delimiter=delimiter), []) for at in places]


def _starts(lines: Sequence[str], delimiter: str) -> list[int]:
    """The lines in which a row begins; all those after a quote that is left open."""
    starts = [0]
    with cells_may_be_long():
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for _ in reader:
                starts.append(reader.line_num)
        except csv.Error:
            starts.extend(range(starts[-1] + 1, len(lines)))
    return [start for start in starts if start < len(lines)]
