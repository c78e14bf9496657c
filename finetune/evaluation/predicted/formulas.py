"""The apostrophe before what a spreadsheet would run as a formula. Does not know which cells get one."""

import re
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV Injection)."""

EXPONENT = re.compile(r"(?<=\d)[eE][-+]?\d+$")

SPAN = re.compile(r"[-+]?[0-9]+:[0-9]{2}:[0-9]{2}(\.[0-9]+)?")
"""A span of time: a number to a spreadsheet. Of two parts it would be a range of rows."""


def guard_cell(cell: Any) -> Any:
    """Puts an apostrophe before a text that a spreadsheet would run as a formula; numbers and spans get none."""
    if not isinstance(cell, str) or not cell.startswith(FORMULA):
        return cell
    number = (
        EXPONENT.sub("", cell).removeprefix("+").removeprefix("-").replace(".", "", 1).replace(",", "", 1)
    )
    return cell if number.isdecimal() or SPAN.fullmatch(cell) else f"'{cell}"
