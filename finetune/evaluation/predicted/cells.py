"""A cell of any kind as plain Python, as text and as JSON. Knows no kind of file."""

import datetime as dt
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

INFINITE = "1e400"
"""What every reader of JSON takes for a number without end: JSON has no word for it."""

REPLACEMENT = "\ufffd"
"""What stands for a character that cannot be written."""


def plain(cell: Any) -> Any:
    """Returns a cell without what numpy and pandas put around it; None where it is missing."""
    if isinstance(cell, str) or cell is None:
        return cell
    if isinstance(cell, Mapping):
        return {str(name): plain(value) for name, value in cell.items()}
    if isinstance(cell, np.ndarray | list | tuple | set | frozenset):
        return [plain(each) for each in cell]
    if isinstance(cell, np.datetime64 | np.timedelta64):
        cell = pd.Timestamp(cell) if isinstance(cell, np.datetime64) else pd.Timedelta(cell)
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    return cell.item() if isinstance(cell, np.generic) else cell


def as_text(cell: Any) -> str | None:
    """Returns a plain cell as text: a date as ISO 8601 has it, lists and objects as JSON; None where missing."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, list | dict):
        return as_json(cell)
    if isinstance(cell, bytes | bytearray | memoryview):
        return _read_bytes(bytes(cell))
    return _span(cell) if isinstance(cell, dt.timedelta) else str(cell)


def _span(span: dt.timedelta) -> str:
    """A span of time in hours, as a spreadsheet shows and reads it: 30:00:00, -6:00:00."""
    thousandths = getattr(span, "nanoseconds", 0)  # pandas has them, Python does not
    nanoseconds = (span.days * 86_400 + span.seconds) * 10**9 + span.microseconds * 1000 + thousandths
    seconds, rest = divmod(abs(nanoseconds), 10**9)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def as_json(cell: Any) -> str:
    """Returns a plain cell as JSON: numbers with all their digits, what JSON has no word for as text."""
    if isinstance(cell, str):
        return json.dumps(cell, ensure_ascii=False)
    if cell is None or cell is True or cell is False:
        return {None: "null", True: "true", False: "false"}[cell]
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, int | Decimal):
        return str(cell)
    if isinstance(cell, list):
        return f"[{', '.join(map(as_json, cell))}]"
    if isinstance(cell, dict):
        return f"{{{', '.join(f'{as_json(name)}: {as_json(value)}' for name, value in cell.items())}}}"
    return as_json(as_text(cell))


def _number(number: float) -> str:
    if math.isnan(number):
        return "null"
    return repr(float(number)) if math.isfinite(number) else INFINITE if number > 0 else f"-{INFINITE}"


def _read_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.hex()


def whole(cell: Any) -> Any:
    """Returns a plain cell with a `REPLACEMENT` for each half of an emoji, which no encoding can write."""
    if isinstance(cell, str):
        return cell if cell.isascii() else cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(cell, list):
        return [whole(each) for each in cell]
    if isinstance(cell, dict):
        return {whole(name): whole(value) for name, value in cell.items()}
    return cell
