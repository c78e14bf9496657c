"""A column of values of Python as pandas would type it, also where only some of its values are seen."""

from typing import Any

import pandas as pd


class Types:
    """Of the values of a column so many as tell its type: one of each kind, and the least and greatest whole number."""

    def __init__(self) -> None:
        self.count = 0
        self.whole: list[int] = []
        self.others: dict[object, object] = {}

    def take(self, value: object) -> None:
        """Sees one more."""
        self.count += 1
        if type(value) is int:
            self.whole = [min(value, *self.whole), max(value, *self.whole)] if self.whole else [value]
        else:
            self.others.setdefault(
                (type(value), value != value), value
            )  # what is no number is a kind of its own

    def column(self, rows: int) -> "pd.Series[Any]":
        """Returns a column of the type that all of them have in a table of so many rows."""
        return typed_column([*self.whole, *self.others.values(), *([None] if self.count < rows else [])])


def typed_column(values: list[object]) -> "pd.Series[Any]":
    """Returns a column as pandas would make it, but whole numbers stay whole where a cell is missing."""
    column = pd.Series(values)
    whole = column.dtype.kind == "f" and any(isinstance(value, int) for value in values)
    return pd.Series(values, dtype=object) if whole else column
