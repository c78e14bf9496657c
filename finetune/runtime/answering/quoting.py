"""How the cells of a text table are quoted and how its lines end, from a sample. Reads no cell for its content."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

LOOKED_AT = 5000
"""Cells that are looked at."""

WORD = re.compile("NA|NaN|NULL|null|TRUE|FALSE|True|False|true|false|")
"""What is written without quotes where all texts have them: what stands for a missing or logical value."""

NUMBER = re.compile(r"[-+]?\d*[.,]?\d+([eE][-+]?\d+)?")
"""And numbers, but in a column of texts that look like them."""


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in the file: its content, its quotes taken off, and what follows it."""

    content: str
    quoted: bool
    mark: str


def cells(sample: str, delimiter: str) -> Iterator[Cell]:
    """Goes through the cells of a sample, which may end within one."""
    cut = re.escape(delimiter)
    pattern = re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^{cut}\r\n]*))({cut}|\r\n|\r|\n)')
    at = 0
    while found := pattern.match(sample, at):
        quoted = found[1] is not None
        yield Cell(found[1] if quoted else found[2], quoted, found[3])
        at = found.end()


@dataclass(frozen=True)
class Style:
    """How a table is written.

    Attributes:
        quoting: One of the `csv.QUOTE_*` numbers.
        line_end: What ends its lines.
        quoted: Where only texts are quoted: positions of the columns whose numbers are texts.
    """

    quoting: int
    line_end: str
    quoted: frozenset[int] = frozenset()


def style(sample: str, delimiter: str, quoting: int) -> Style:
    """Returns how a table is written.

    Args:
        sample: The beginning of the file.
        delimiter: What stands between its cells.
        quoting: How it was read: `csv.QUOTE_NONE` where a quote is an ordinary character.
    """
    if quoting == csv.QUOTE_NONE:
        return Style(quoting, re.findall("\r\n|\r|\n", sample + "\r\n")[0])
    seen = list(islice(cells(sample, delimiter), LOOKED_AT))
    line_end = next((cell.mark for cell in seen if cell.mark != delimiter), "\r\n")
    filled = [cell for cell in seen if cell.content]
    bare = [cell for cell in filled if not cell.quoted]
    if filled and not bare:
        return Style(csv.QUOTE_ALL, line_end)
    needed = re.compile(f'[{re.escape(delimiter)}"\r\n]')
    needless = any(cell.quoted and not needed.search(cell.content) for cell in filled)
    if needless and all(WORD.fullmatch(cell.content) or NUMBER.fullmatch(cell.content) for cell in bare):
        return Style(csv.QUOTE_NONNUMERIC, line_end, _quoted_numbers(seen, delimiter))
    return Style(csv.QUOTE_MINIMAL, line_end)


def _quoted_numbers(seen: Sequence[Cell], delimiter: str) -> frozenset[int]:
    found, position = set(), 0
    for cell in seen:
        if cell.quoted and NUMBER.fullmatch(cell.content):
            found.add(position)
        position = position + 1 if cell.mark == delimiter else 0
    return frozenset(found)


def shown_delimiter(sample: str, delimiters: Sequence[str]) -> str | None:
    """Returns the delimiter that the quotes of a table of one column tell of: they stand around what holds it.

    None where they tell of none, as where all cells have them.
    """
    seen = [cell for cell in cells(sample, "\x1f") if cell.content]
    # such a one has its quotes for another reason
    quoted = [cell.content for cell in seen if cell.quoted and not re.search('["\r\n]', cell.content)]
    bare = [cell.content for cell in seen if not cell.quoted]
    if not quoted:
        return None
    return next(
        (
            each
            for each in delimiters
            if all(each in cell for cell in quoted) and not any(each in cell for cell in bare)
        ),
        None,
    )
