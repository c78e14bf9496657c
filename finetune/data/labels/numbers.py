"""Labels that are numbers, as people and programs write them, as text that Python reads. Says nothing, refuses none.

Whether `1.234` is a thousand or one and a bit shows in no cell alone: the whole column tells.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real

CELL = re.compile(
    r"(?P<sign>[-+−]?) ?(?P<money>(?:R|US)?\$|€|£)? ?(?P<minus>[-−]?)"
    r"(?P<digits>[0-9.,]*[0-9](?:[eE][-+]?[0-9]{1,3})?)"
    r" ?(?P<unit>%|[/°]?[^\W\d_][^\s\d]*[23]?(?: (?:por|per) [^\W\d_][^\s\d]*[23]?)?)?"
)
IN_BRACKETS = re.compile(r"(?P<money>(?:(?:R|US)?\$|€|£)? ?)\((?P<inside>[^()]*\d[^()]*)\)(?P<share> ?%?)")
"""A number below 0 as accountants write it, where others of its column stand without brackets."""

THOUSANDS_APART = re.compile(r"(?<=\d)[ '’](?=\d{3}(?!\d))")
"""A blank or a stroke between thousands."""

SHAPES = {
    ",": re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d+)?(?:[eE][-+]?\d+)?"),
    ".": re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?"),
}
"""What a number looks like, by its decimal mark."""

OTHER = {",": ".", ".": ","}

SHARE = "%"

MONEY = ("R$", "US$", "$", "€", "£")

MEGAGRAMS = re.compile(r"Mg\b")
"""Tons of those who count by the rules, whose sign is that of milligrams but for its case."""

PLURAL = 4
"""Letters of a unit from which on an s at its end is that of several: `saca` and `sacas`, but `m/s`."""

EITHER = "either"
"""Stands for numbers such as 1.234, whose mark may be of decimals or of thousands."""

MOST_OTHERWISE = 0.1
"""Share of the numbers that may be written against the others, as a slip."""


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers.

    Attributes:
        text: [N] each number as text that Python reads; "" for what is none.
        unread: Positions of cells that hold something, and no number.
        decimal: The decimal mark; None where no cell has one, `EITHER` where none tells.
        against: A position of a cell for each decimal mark, where many are written with either.
        units: The first position of each unit, of money its sign and what stands behind the number; "" for none.
        times: How many numbers have each.
        fractions: Numbers that are written with decimals.
        coded: Whether any begins with a nought that no amount has, as codes and months do.
        untold: Whether there are marks, and no cell tells whether they are of decimals or of thousands.
        bare: The least size of those that have no unit, 0 apart.
    """

    text: list[str]
    unread: list[int]
    decimal: str | None
    against: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    fractions: int = 0
    coded: bool = False
    untold: bool = False
    bare: float = math.inf

    @cached_property
    def values(self) -> list[float]:
        """Those that are numbers."""
        return [float(text) for text in self.text if text]

    @property
    def mixed_units(self) -> list[str]:
        """The units, where there are several; all may stand without theirs, but a share that could be of 1.

        0.12 may be meant for 12%, and 12 for nothing else.
        """
        kinds = set(self.units)
        alike = len(kinds) < 2 or (len(kinds) == 2 and "" in kinds and (SHARE not in kinds or self.bare > 1))
        return [] if alike else sorted(kinds)


NOTHING = Numbers([], [], None)
"""A column without a number."""


def numbers_of(labels: Sequence[str], cells: Sequence[object], *, usual: str | None = None) -> Numbers:
    """Reads a column as numbers.

    Args:
        labels: [N] the cells as text.
        cells: [N] the cells as the table holds them: a number of a workbook has no decimal mark.
        usual: The decimal mark where no cell tells it; then the one that is there stands between thousands, when left
            out.
    """
    read = _cells(set(labels))
    told_by = {label: None if found is None else _told_by(found["digits"]) for label, found in read.items()}
    by_mark: dict[str, list[int]] = {}
    for position, (label, cell) in enumerate(zip(labels, cells, strict=True)):
        mark = None if _is_number(cell) else told_by[label]
        if mark:
            by_mark.setdefault(mark, []).append(position)
    told = sorted((mark for mark in by_mark if mark != EITHER), key=lambda mark: -len(by_mark[mark]))
    untold = not told and EITHER in by_mark
    decimal = (usual or EITHER) if untold else told[0] if told else None
    many = len(told) > 1 and len(by_mark[told[1]]) > MOST_OTHERWISE * sum(len(by_mark[mark]) for mark in told)
    # where no cell tells, the mark stands between thousands
    mark_of = (
        dict.fromkeys(read, decimal)
        if decimal != EITHER
        else {label: OTHER["." if "." in label else ","] for label in read}
    )
    values = {label: _value(found, mark_of[label] or ".") for label, found in read.items() if found}
    text: list[str]
    unread: list[int]
    units: dict[str, int]
    spelt: dict[str, str]
    text, unread, units, spelt, fractions, coded = [], [], {}, {}, 0, False
    times: Counter[str] = Counter()
    bare = math.inf
    for position, (label, cell) in enumerate(zip(labels, cells, strict=True)):
        number = float(cell) if _is_number(cell) else values.get(label)  # type: ignore[arg-type]
        number = None if number is None or not math.isfinite(number) else number
        text.append("" if number is None else as_text(number))
        if number is None:
            unread += [position] * bool(label)
            continue
        found = read[label]
        if found is None or _is_number(cell):
            units.setdefault("", position)
            times[""] += 1
            bare = min(bare, abs(number) or math.inf)
            fractions += not number.is_integer()
            continue
        unit = _unit(found)
        unit = spelt.setdefault(_folded(unit), unit)
        units.setdefault(unit, position)
        times[unit] += 1
        bare = bare if unit else min(bare, abs(number) or math.inf)
        fractions += (mark_of[label] or ".") in found["digits"]
        coded = coded or re.match(r"0\d", found["digits"]) is not None
    return Numbers(
        text,
        unread,
        decimal,
        {mark: by_mark[mark][0] for mark in told} if many else {},
        units,
        times,
        fractions,
        coded,
        untold,
        bare,
    )


def _cells(labels: Collection[str]) -> "dict[str, re.Match[str] | None]":
    """What each cell looks like as a number; brackets are of one below 0 only where others have none."""
    apart = {label: THOUSANDS_APART.sub("", label) for label in labels}
    read = {label: CELL.fullmatch(text) for label, text in apart.items()}
    if not any(read.values()):
        return read
    bracketed = {label: IN_BRACKETS.fullmatch(apart[label]) for label, found in read.items() if found is None}
    below = {
        label: CELL.fullmatch(f"-{found['money'].strip()}{found['inside'].strip()}{found['share']}")
        for label, found in bracketed.items()
        if found
    }
    return read | below


def as_text(number: float) -> str:
    """Returns a number as the shortest text that Python reads as the same one."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _unit(found: re.Match[str]) -> str:
    return " ".join(filter(None, (found["money"], found["unit"])))


def _folded(unit: str) -> str:
    """A unit without what people write in two ways; a million grams stay apart from a thousandth of one."""
    folded = (unit if MEGAGRAMS.match(unit) else unit.casefold()).removesuffix(".")
    return folded.removesuffix("s") if len(folded) >= PLURAL else folded


def _is_number(cell: object) -> bool:
    return not isinstance(cell, (str, bool)) and isinstance(cell, Real)


def _told_by(digits: str) -> str | None:
    """The decimal mark that a number shows; `EITHER` where it may be one of two, None where it has none."""
    mantissa, _, exponent = digits.lower().partition("e")
    marks = [sign for sign in mantissa if sign in ".,"]
    if not marks:
        return None
    if len(marks) > 1:
        decimal = marks[-1] if len(set(marks)) > 1 else OTHER[marks[0]]
        return decimal if SHAPES[decimal].fullmatch(mantissa) else None
    whole, rest = mantissa.split(marks[0])
    may_be_thousands = len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0") and not exponent
    return EITHER if may_be_thousands else marks[0]


def _value(found: re.Match[str], decimal: str) -> float | None:
    if SHAPES[decimal].fullmatch(found["digits"]) is None:
        return None
    plain = found["digits"].replace(OTHER[decimal], "").replace(decimal, ".")
    signs = (found["sign"] + found["minus"]).replace("−", "-")
    return None if len(signs) > 1 else float(f"{signs}{plain}")
