"""What the columns of small tables are called, and their cells in the reader's language. Prints nothing."""

import numpy as np

from finetune.data.checks.finding import Cell, Share
from finetune.data.checks.speech import name_of
from finetune.language.numbers import count, localized
from finetune.language.parts import PART_NAMES
from finetune.language.say import Message, say

HEADERS = {
    "line": Message("line"),
    "like_line": Message("is like", context="column of lines"),
    "part": Message("part", context="column of training, validation, test"),
    "label": Message("label"),
    "count": Message("rows"),
    "text": Message("text"),
    **PART_NAMES,
    "total": Message("all", context="column of rows"),
    "is": Message("as it is", context="column of texts"),
    "was": Message("as it was", context="column of texts"),
    "repaired": Message("repaired", context="column of texts"),
    "language": Message("language", context="column of texts"),
    "cut": Message("texts cut"),
    "value": Message("number", context="column of labels"),
    "lowest": Message("lowest", context="column of numbers"),
    "quarter": Message("25% up to", context="column of numbers"),
    "middle": Message("50% up to", context="column of numbers"),
    "three_quarters": Message("75% up to", context="column of numbers"),
    "highest": Message("highest", context="column of numbers"),
    "share": Message("share", context="column of percents"),
    "group": Message("group", context="column of rows"),
    "texts_up_to": Message("texts of this length"),
    "token": Message("word", context="column of words"),
    "times": Message("times", context="column of words"),
    "pieces": Message("pieces", context="column of words"),
    "sure": Message("certain", context="column of percents"),
    "of_class": Message("of the class", context="column of percents"),
    "suggested": Message("suggested", context="column of labels"),
    "how_sure": Message("how sure", context="column: almost sure, likely, possible"),
    "sure_of_label": Message("chance", context="column of percents"),  # in reports of before
}
"""What the columns of the small tables are called; one that is not here stands as it is."""

MEASURES = ("value", "lowest", "quarter", "middle", "three_quarters", "highest")
"""Columns of numbers that are neither counts nor shares."""

HOW_SURE = {
    "almost_sure": Message("almost sure", context="a label is wrong"),
    "likely": Message("likely", context="a label is wrong"),
    "possible": Message("possible", context="a label is wrong"),
}
"""How likely a label is wrong."""


def header(key: str) -> str:
    """Returns what a column is called."""
    return str(HEADERS.get(_once(key), key))


def in_words(key: str, cell: Cell) -> str:
    """Returns a cell of a column for the reader."""
    key = _once(key)
    if key == "part":
        return str(PART_NAMES.get(str(cell), cell))
    if key == "how_sure":
        return str(HOW_SURE.get(str(cell), cell))
    if key == "label" and cell == "":
        return say("no label")
    if key in MEASURES:
        return localized(f"{cell:,.8g}")
    return str(name_of(str(cell))) if key == "language" else written(cell)


def _once(key: str) -> str:
    """The second column of a name is numbered in the file of the report, `part_2`, and is called as the first."""
    name, _, number = key.rpartition("_")
    return name if name in HEADERS and number.isdecimal() else key


def written(value: Cell) -> str:
    """Returns a cell for the reader: 16,800 and 1.5% in English, 16.800 and 1,5% in Portuguese."""
    if isinstance(value, str):
        return value
    # NumPy's numbers as well, which checks of the user's own may give
    if np.issubdtype(type(value), np.integer):
        return count(int(value))
    return localized(f"{Share(value)}")
