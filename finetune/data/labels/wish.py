"""What is asked of a table's labels, as the options say it. Reads none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from finetune.errors import ConfigError
from finetune.language.lists import quoted
from finetune.tasks.table import AUTO
from finetune.tasks.task import MULTI, Task

Empty = Literal["none", "drop"]
"""What an empty cell says where several labels stand together: that there is none, or nothing."""

Names: TypeAlias = list[str] | str
"""Names as they are typed: one by one, or with commas between them."""


@dataclass(frozen=True)
class LabelWish:
    """What is asked of labels.

    Attributes:
        task: What they are, as `--task` names it.
        columns: The columns that each stand for one label; none where one column holds them.
        order: The classes from the lowest to the highest.
        empty: What an empty cell says; None for what it says as a rule.
        mark: What joins several labels in a cell, where another table has told it.
        classes: Those of the model, where there is one.
    """

    task: str = AUTO
    columns: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    empty: Empty | None = None
    mark: str | None = None
    classes: tuple[str, ...] = ()


def names_of(given: Names | Sequence[str] | None) -> tuple[str, ...]:
    """Returns names one by one, without the blanks around them."""
    names = given.split(",") if isinstance(given, str) else given or ()
    return tuple(name for name in (str(each).strip() for each in names) if name)


def checked(wish: LabelWish, *, label_column: str | None) -> LabelWish:
    """Returns what is asked, if its parts go together.

    Raises:
        ConfigError: if they do not.
    """
    if wish.columns and label_column is not None:
        raise ConfigError(
            "--data.label_column {column} and --data.label_columns {columns} are both given: one column that holds the "
            "labels, or one for each label. Leave one of the options away.",
            column=label_column,
            columns=",".join(wish.columns),
        )
    if wish.columns and wish.task in ("single_label", "ordinal", "number"):
        raise ConfigError(
            "--data.label_columns has a column for each of several labels, and --task is {task}: name one column with "
            "--data.label_column, or give --task multi_label.",
            task=wish.task,
        )
    if wish.order and (wish.columns or wish.task in ("single_label", "multi_label", "number")):
        raise ConfigError(
            "--data.label_order ({order}) is of classes in an order, --task ordinal: leave one of the options away.",
            order=quoted(wish.order),
        )
    return wish


def refuse_none_of_others(wish: LabelWish, task: Task) -> None:
    """Refuses that empty cells should be labels where each row has one.

    Raises:
        ConfigError: if they should.
    """
    if wish.empty == "none" and task.problem_type != MULTI:
        raise ConfigError(
            "--data.empty_labels none is for rows that may have several labels or none (--task multi_label), and here "
            "the task is {task}: leave the option away, and rows without a label are left out.",
            task=task.name,
        )
