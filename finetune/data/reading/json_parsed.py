"""JSON text into values; what Python cannot take of it is said with its line. Reads no file, knows no rows."""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finetune.data.reading.loaded import numbered
from finetune.errors import DataError
from finetune.language.say import Message

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|Infinity|[0-9]+')
"""A string, a bracket, or what may be wrong about a number; all else of JSON is passed over."""

MOST_DEEP = 100
"""Lists and objects within each other that surely can be read, and more than any table has."""


def parsed(path: Path, text: str, line: int) -> Any:
    """What stands in a JSON text that begins in a line of the file.

    Raises:
        JSONDecodeError: It is no JSON.
        DataError: It is, but holds what Python cannot take: said with its line.
    """
    with told(path, text, line):
        return json.loads(text, parse_constant=constant)


@contextmanager
def told(path: Path, text: str, line: int) -> Iterator[None]:
    """Says what Python cannot take of a JSON text that begins in a line of the file, with its line."""
    try:
        yield
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        deepest = line + _lines_before(text, lambda token, depth: depth > MOST_DEEP)
        raise too_deep(path, numbered("line", deepest)) from error
    except OverflowError as error:
        raise DataError(
            "{path}: line {line} has the number Infinity, which JSON does not have: write another one, or null",
            path=path,
            line=line + _lines_before(text, lambda token, depth: token == "Infinity"),
        ) from error
    except ValueError as error:  # of Python, which limits the digits of a number
        most = sys.get_int_max_str_digits()
        raise DataError(
            '{path}: line {line} has a number of more than {most} digits: write it as a text, in quotes ("...")',
            path=path,
            line=line + _lines_before(text, lambda token, depth: len(token) > most and token.isdecimal()),
            most=most,
        ) from error


def too_deep(path: Path, place: Message) -> DataError:
    """The error of a text that holds more within each other than Python takes."""
    return DataError(
        "{path}: {place} has lists or objects within each other, over {most} deep: give each row texts and numbers",
        path=path,
        place=place,
        most=MOST_DEEP,
    )


def constant(name: str) -> float:
    """What programs write for numbers that are none: NaN is a missing one."""
    if name == "NaN":
        return math.nan
    raise OverflowError(name)


def _lines_before(text: str, is_it: Callable[[str, int], bool]) -> int:
    """How many lines end before the first token that is meant, by itself and how deep it stands."""
    depth = 0
    for token in TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if is_it(token[0], depth):
            return text.count("\n", 0, token.start())
    return 0
