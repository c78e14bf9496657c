"""A cell of any kind as text, as JSON, and as a spreadsheet does not run it. Knows no kind of file."""

import datetime as dt
import json
import math
import re
from typing import Any

from .said import Refused, tell

REPLACEMENT = "\ufffd"
"""What stands for a character that cannot be written."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV Injection)."""

EXPONENT = re.compile(r"(?<=\d)[eE][-+]?\d+$")
SPAN = re.compile(r"[-+]?[0-9]+:[0-9]{2}:[0-9]{2}(\.[0-9]+)?")


def string(cell: Any, place: str) -> str:
    """Returns a cell as the model reads it: without outer blanks, "" if missing, "1" for 1.0.

    Raises:
        Refused: It is a list or an object.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, list | dict):
        raise Refused(
            tell(
                "{place}: a list or an object where a text should stand: give each row one value", place=place
            )
        )
    if cell is None:
        return ""
    if isinstance(cell, float):
        return "" if math.isnan(cell) else str(int(cell)) if cell.is_integer() else str(cell)
    return str(cell).strip()


def as_text(cell: Any, decimal: str = ".") -> str:
    """Returns a cell as a text table has it: a date as ISO 8601 has it, lists and objects as JSON."""
    if isinstance(cell, str):
        return whole(cell).replace("\0", REPLACEMENT)
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float):
        return repr(cell).replace(".", decimal)
    if isinstance(cell, list | dict):
        return as_json(cell)
    return _span(cell) if isinstance(cell, dt.timedelta) else str(cell)


def _span(span: dt.timedelta) -> str:
    """A span of time in hours, as a spreadsheet shows and reads it: 30:00:00, -6:00:00."""
    microseconds = (span.days * 86_400 + span.seconds) * 10**6 + span.microseconds
    seconds, rest = divmod(abs(microseconds), 10**6)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return f"{'-' if microseconds < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def as_json(cell: Any) -> str:
    """Returns a cell as JSON: numbers with all their digits, what JSON has no word for as text."""
    if isinstance(cell, str):
        return json.dumps(whole(cell), ensure_ascii=False)
    if isinstance(cell, list):
        return f"[{', '.join(map(as_json, cell))}]"
    if isinstance(cell, dict):
        return f"{{{', '.join(f'{as_json(name)}: {as_json(value)}' for name, value in cell.items())}}}"
    if isinstance(cell, float):
        if math.isnan(cell):
            return "null"
        return repr(cell) if math.isfinite(cell) else "1e400" if cell > 0 else "-1e400"
    return json.dumps(cell) if cell is None or isinstance(cell, bool | int) else as_json(as_text(cell))


def whole(text: str) -> str:
    """Returns a text with a `REPLACEMENT` for each half of an emoji, which no encoding can write."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def guarded(cell: Any) -> Any:
    """Puts an apostrophe before a text that a spreadsheet would run as a formula; numbers and spans get none."""
    if not isinstance(cell, str) or not cell.startswith(FORMULA):
        return cell
    number = (
        EXPONENT.sub("", cell).removeprefix("+").removeprefix("-").replace(".", "", 1).replace(",", "", 1)
    )
    return cell if number.isdecimal() or SPAN.fullmatch(cell) else f"'{cell}"
