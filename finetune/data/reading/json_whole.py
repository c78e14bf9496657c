"""A JSON file that is not one object a line: an array, a table in one object, objects over several lines."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune.data.reading.encoding import Encoding, opened_text
from finetune.data.reading.json_parsed import constant, parsed, told
from finetune.data.reading.json_shapes import refuse_arrays, shape_of
from finetune.data.reading.limits import (
    bounded_lines,
    most_bytes,
    refuse_too_large,
)
from finetune.data.reading.sheets import Wish
from finetune.errors import DataError
from finetune.language.say import Message

BETWEEN = re.compile(r"\s*,?\s*")
"""What may stand between two objects."""


TIMES = 3
"""As much memory as its text an array takes, which is there as a whole together with its rows."""


def is_array(path: Path, encoding: Encoding) -> bool:
    """Returns whether a file is an array."""
    with opened_text(path, encoding, whole=False) as stream:
        return stream.read(4096).lstrip().startswith("[")


def one_whole(path: Path, encoding: Encoding, wish: Wish) -> tuple[list[Any], Message] | None:
    """Returns the rows of a table in one object, or of objects one behind the other; None where it is neither."""
    with opened_text(path, encoding, whole=False) as stream:
        filled = (line for line in bounded_lines(stream, path) if line.strip())
        first = next(filled, "").strip()
        alone = next(filled, None) is None
    several: Message | None = None
    try:
        value = json.loads(first, parse_constant=constant)
        objects = [value] if alone else []
    except json.JSONDecodeError as error:
        # an object that goes on in the next line has no error before the end of this one
        if not alone and first.startswith("{") and error.pos >= len(first):
            several = Message("JSON objects over several lines")
        elif first.startswith("{") and first[error.pos :].lstrip().startswith(("{", ",")) and _ended(error):
            several = Message("JSON objects one behind the other")
        objects = _several(path, encoding) if several else []
    except (RecursionError, OverflowError, ValueError):
        return None  # said where lines are read
    table = shape_of(objects[0], path, wish) if len(objects) == 1 and isinstance(objects[0], dict) else None
    return (objects, several) if table is None and several and objects else table


def _ended(error: json.JSONDecodeError) -> bool:
    """Whether a whole value stands before what is no JSON."""
    return error.msg == "Extra data"


def _several(path: Path, encoding: Encoding) -> list[Any]:
    """The objects of a file, one after the other, wherever their lines end and whether or not commas stand between.

    None where it is cut short or damaged.
    """
    text = _all(path, encoding).strip()
    decoder, found, at = json.JSONDecoder(parse_constant=constant), [], 0
    with told(path, text, 1):
        while at < len(text):
            try:
                value, at = decoder.raw_decode(text, at)
            except json.JSONDecodeError:
                return []
            found.append(value)
            behind = BETWEEN.match(text, at)
            at = behind.end() if behind else at
    return found


def rows_of_array(path: Path, encoding: Encoding) -> Iterator[object]:
    """Yields the rows of an array; refuses one that is cut short, or whose rows are no objects."""
    text = _all(path, encoding)
    try:
        rows = parsed(path, text, 1)
    except json.JSONDecodeError as error:
        if _ended(error) and text[error.pos] == "[":  # one a line
            first = parsed(path, text[: error.pos], 1)
            if not any(isinstance(cell, dict) for cell in first):
                refuse_arrays([first], path)
        raise DataError(
            "{path}: line {line} is not JSON (from character {character} on): is the array cut short? "
            "Export it again",
            path=path,
            line=error.lineno,
            character=error.colno,
        ) from error
    refuse_arrays(rows, path)
    yield from rows


def _all(path: Path, encoding: Encoding) -> str:
    """The text of a file, which is in memory as a whole."""
    with opened_text(path, encoding) as stream:
        text = stream.read(most_bytes() // TIMES + 1)
    refuse_too_large(path, TIMES * len(text))
    return text
