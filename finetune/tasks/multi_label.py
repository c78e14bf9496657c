"""Several labels together: each row has any of them, or none."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from finetune.tasks.single_label import single_label
from finetune.tasks.task import MULTI, Task

MARK = "|"
"""What joins the names in a label, however the table has them; no name holds it."""

NONE = ""
"""The label of a row that has none."""


def multi_label() -> Task:
    """Returns the task."""
    return replace(single_label(), name="multi_label", problem_type=MULTI, parts=parts, strata=of_each)


def parts(label: str) -> tuple[str, ...]:
    """Returns the names in a label, as the table is read: `boi|preço` has two, an empty one has none."""
    return tuple(label.split(MARK)) if label else ()


def of_each(labels: Sequence[str]) -> list[tuple[Hashable, ...]]:
    """Returns the names that each row has; of one that has none, that. [N]"""
    return [parts(label) or (NONE,) for label in labels]
