"""Which columns of a table the texts are made of, and where the line with their names stands. Opens no file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .invisible import as_seen, shows_nothing
from .said import NoColumn, Refused, quoted, tell

Fits = Callable[[Sequence[str]], bool]
"""Whether a line has the names of the columns that are wanted."""

Known = Sequence[Sequence[str]]
"""What columns of texts are called, folded: for sure, and mostly."""

PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<between>[^{}]+)")

LOOKED_AT = 60
"""First lines among which the one with the names is looked for, under titles."""

MOST_COLUMNS = 16_384
"""Of a table, as Excel has it: a file of more is none, and would take its reader hours."""

MIDNIGHT = re.compile(r"(?<=^[0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00$")
"""What a workbook's day has as a moment."""


@dataclass(frozen=True)
class Template:
    """How a text is made of columns: their names, and what stands before, between and behind them (one more)."""

    columns: tuple[str, ...]
    between: tuple[str, ...] = ("", "")

    def filled(self, cells: Sequence[str]) -> str:
        """Returns the text of a row; "" where none of its cells holds anything."""
        if len(cells) == 1 and not any(self.between):
            return cells[0]
        if all(map(shows_nothing, cells)):
            return ""
        days = (MIDNIGHT.sub("", cell) for cell in cells)
        rest = (piece for pair in zip(days, self.between[1:], strict=True) for piece in pair)
        return "".join((self.between[0], *rest)).strip()


def fold(name: str) -> str:
    """Returns a name without case, accents and outer blanks; what is no letter or digit becomes one underscore."""
    plain = unicodedata.normalize("NFKD", as_seen(name).strip().casefold())
    return re.sub(r"[\W_]+", "_", "".join(mark for mark in plain if not unicodedata.combining(mark)))


def header_place(rows: Sequence[Sequence[str]], fits: Fits) -> int:
    """Returns which of the first rows is the header: the first that has what is wanted, else that is not blank."""
    first = next((place for place, row in enumerate(rows) if any(map(str.strip, row))), 0)
    return next((place for place, row in enumerate(rows[:LOOKED_AT]) if fits(row)), first)


def header_names(cells: Sequence[str], path: object) -> tuple[list[str], frozenset[str]]:
    """Returns the names in a header, and those of them that it did not give: "column 2".

    Raises:
        Refused: A name stands there twice, or there are more than a sheet can hold.
    """
    cells = list(cells)
    while cells and not cells[-1].strip():
        cells.pop()
    refuse_too_many(len(cells), path)
    given = [cell for cell in cells if cell.strip()]
    counts = Counter(given)
    twins = [cell for cell in counts if counts[cell] > 1]
    if twins:
        raise Refused(
            tell(
                "{path}: the columns {names} stand more than once in the header",
                path=path,
                names=quoted(twins),
            )
        )
    taken = {fold(cell) for cell in cells} if len(given) < len(cells) else set()
    names = [cell if cell.strip() else _free(f"column {place}", taken) for place, cell in enumerate(cells, 1)]
    return names, frozenset(name for name, cell in zip(names, cells, strict=True) if not cell.strip())


def refuse_too_many(columns: int, path: object) -> None:
    """Refuses what has more columns than any table.

    Raises:
        Refused: It has.
    """
    if columns > MOST_COLUMNS:
        raise Refused(
            tell(
                "{path}: {n} columns are more than any table has (at most {most})",
                path=path,
                n=columns,
                most=MOST_COLUMNS,
            )
        )


def _free(name: str, taken: set[str]) -> str:
    tries = (name if number == 1 else f"{name} ({number})" for number in range(1, len(taken) + 2))
    return next(each for each in tries if fold(each) not in taken)


def parsed(template: str) -> Template:
    """Returns what `{estado} | {cultura}: {texto}` says; a brace of the text stands there twice."""
    between, names = [""], []
    for piece in PIECE.finditer(template):
        if piece["name"] is None:
            between[-1] += piece["between"] or piece["brace"][0]
            continue
        names.append(piece["name"].strip())
        between.append("")
    return Template(tuple(names), tuple(between))


def resolved(template: Template, names: Sequence[str], path: object) -> Template:
    """Returns a template with its columns as a table names them.

    Raises:
        Refused: A column is not there, or could be several.
    """
    return Template(tuple(_named(name, names, path) for name in template.columns), template.between)


def _named(wanted: str, names: Sequence[str], path: object) -> str:
    if wanted in names:
        return wanted
    found = [name for name in names if fold(name) == fold(wanted)]
    if len(found) == 1:
        return found[0]
    raise NoColumn(
        tell('{path}: "{wanted}" could be {names}: rename one', path=path, wanted=wanted, names=quoted(found))
        if found
        else tell(
            '{path}: there is no column "{wanted}"; the columns are {names}. Where the texts stand in another, name '
            "it: --text_column NAME",
            path=path,
            wanted=wanted,
            names=quoted(names),
        ),
        names,
    )


def found_by_name(names: Sequence[str], known: Known, path: object) -> Template:
    """Returns the text column by what columns of texts are called, or the only column.

    Raises:
        Refused: There is none, or it is not clear which.
    """
    for degree in range(len(known) if len(names) > 1 else 0):
        found = [name for name in names if _degree(name, known) == degree]
        if len(found) == 1:
            return Template((found[0],))
        if found:
            raise NoColumn(
                tell(
                    "{path}: {names} could each be the column of the texts: name it with --text_column NAME",
                    path=path,
                    names=quoted(found),
                ),
                names,
            )
    if len(names) == 1:
        return Template((names[0],))
    raise NoColumn(
        tell(
            "{path}: no column of texts found among {names}: name it with --text_column NAME",
            path=path,
            names=quoted(names),
        ),
        names,
    )


def _degree(name: str, known: Known) -> int | None:
    """How surely a name is that of texts, 0 most: it is known, it begins as one that is, or it mostly means some."""
    sure, likely = known
    words = [word for word in fold(name).split("_") if word and not word.isdecimal()]
    if fold(name) in sure:
        return 0
    return 1 if words and (words[0] in sure or (words[0] in likely and len(words) == 1)) else None


def has_all(names: Sequence[str], wanted: Sequence[str], known: Known) -> bool:
    """Whether a header has all columns that are wanted; where none is, one that is surely of texts."""
    if not wanted:
        return any(_degree(name, known) == 0 for name in names)
    folded = {fold(name) for name in names}
    return all(fold(name) in folded for name in wanted)
