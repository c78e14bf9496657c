"""JSON Lines as a table: one object a row. Knows no texts."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .columns import Fits, refuse_too_many
from .encodings import Encoding, encoding_of
from .said import Refused, tell
from .table import Dialect, Row, Table


def open_json(path: Path, fits: Fits) -> Table:
    """Opens a file of one object a line, all of whose lines are looked at; an empty line between two is an empty row.

    Raises:
        Refused: A line is no JSON, or no object; or there are more names than a table has columns.
    """
    encoding = encoding_of(path)
    names: dict[str, None] = {}
    count = 0
    for record in _records(path, encoding):
        names.update(dict.fromkeys(record))
        refuse_too_many(len(names), path)
        count += 1
    if not names:
        raise Refused(tell("{path}: the file holds only blanks", path=path))

    def rows() -> Iterator[Row]:
        for record in _records(path, encoding):
            yield [record.get(name) for name in names]

    # what is written as text has the file's letters, too, where it can hold all that JSON can
    written = encoding if encoding.name.startswith("utf") else Encoding("utf-8", bom=True)
    return Table(list(names), rows, count, Dialect("json", written), first_line=1)


def _records(path: Path, encoding: Encoding) -> Iterator[dict[str, Any]]:
    blank = 0
    with path.open(encoding=encoding.codec, newline="") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                blank += 1
                continue
            yield from ({} for _ in range(blank))  # those at the end are no rows
            blank = 0
            yield _record(path, line, number)


def _record(path: Path, line: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_constant=_constant)
    except (ValueError, RecursionError) as error:  # of JSON, or of a number with thousands of digits
        raise Refused(
            tell("{path}: line {line} is not JSON: write one object a line", path=path, line=number)
        ) from error
    if not isinstance(record, dict):
        raise Refused(
            tell(
                '{path}: line {line} is no object: write one a line, as in {{"{name}": ...}}',
                path=path,
                line=number,
                name="texto",
            )
        )
    return record


def _constant(name: str) -> float:
    """What programs write for numbers that are none: NaN is a missing one."""
    if name == "NaN":
        return math.nan
    raise ValueError(name)
