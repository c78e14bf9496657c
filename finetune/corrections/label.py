"""A label that somebody gave, as its task writes it, so that equal ones are equal. Knows no table."""

import math
from collections.abc import Sequence

from finetune.data.labels.numbers import as_text
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.tasks.multi_label import MARK
from finetune.tasks.task import MULTI, NUMBER, Task


def as_written(label: str, task: Task, labels: Sequence[str]) -> str:
    """Returns a label as its task writes it: names in the model's order, a number with a point.

    Args:
        label: What somebody gave.
        task: What a label is.
        labels: Names of the outputs; others may appear.

    Raises:
        DataError: It is no label of the task.
    """
    if task.problem_type == NUMBER:
        return _number(label)
    if task.problem_type == MULTI:
        given = {part.strip() for part in label.split(MARK)} - {""}
        return MARK.join([name for name in labels if name in given] + sorted(given.difference(labels)))
    name = label.strip()
    if not name:
        raise DataError("an empty label says nothing: give one of {labels}", labels=quoted(labels))
    return name


def _number(label: str) -> str:
    text = label.strip()
    text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError('"{label}" is no number: write it like 12 or 12.5', label=label)
    return as_text(value)
