"""How far answers are off, in words: by steps of an order, or in the unit of a number. Measures nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.language.numbers import NOTHING, number, percent, significant
from finetune.language.say import Message

Integers = NDArray[np.int64]


def sentences(report: Mapping[str, Any]) -> Iterator[Message]:
    """Yields how far answers are off, where classes have an order or a number is asked for; else nothing.

    Args:
        report: Of a part, as in `metrics.json`.
    """
    if report.get("mae") is None:
        return
    if "confusion_matrix" in report:
        yield in_steps(report)
        return
    yield in_the_unit(report)
    interval = report.get("interval") or {}
    if interval.get("measured") is not None:
        yield covered(interval)


def in_steps(report: Mapping[str, Any]) -> Message:
    """Returns how many steps of the order answers are off."""
    rows = steps(np.asarray(report["confusion_matrix"]["rows_true_columns_predicted"], dtype=np.int64))
    return Message(
        "The model errs by {steps} steps of the order on average; {near} of the answers are right or one step off.",
        steps=number(report["mae"], digits=2),
        near=percent(within(rows, 1)),
    )


def in_the_unit(report: Mapping[str, Any]) -> Message:
    """Returns how far numbers are off."""
    return Message(
        "The model errs by {mae} on average (MAE); half of the answers are off by less than {half}.",
        mae=significant(report["mae"]),
        half=significant(report.get("median_error")),
    )


def covered(interval: Mapping[str, Any]) -> Message:
    """Returns how many true numbers lie in the interval of their answer, and how wide that is."""
    wanted, width = interval.get("wanted"), interval.get("width")
    return Message(
        "Intervals: {wanted} of the true numbers were to lie in theirs, {measured} do. On average an interval is "
        "{width} wide.",
        wanted=percent(wanted, digits=0),
        measured=percent(interval["measured"]),
        width=significant(width) if width is not None else NOTHING,
    )


def steps(matrix: Integers) -> Integers:
    """Returns how many rows are answered so many steps too high: from C - 1 too low to C - 1 too high. [2C - 1]

    Args:
        matrix: [C, C] rows: the true class; columns: the answer; both in order.
    """
    classes = len(matrix)
    return np.array([np.trace(matrix, offset=step) for step in range(1 - classes, classes)], dtype=np.int64)


def within(rows: Integers, most: int) -> float:
    """Returns the share of rows that are at most so many steps off.

    Args:
        rows: [2C - 1] as `steps` gives them.
        most: Steps.
    """
    middle = len(rows) // 2
    near = rows[max(0, middle - most) : middle + most + 1].sum()
    return float(near / max(1, rows.sum()))
