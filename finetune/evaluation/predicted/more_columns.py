"""Columns beside the answer that a user asks for: the next likeliest answers, and the probability of each class."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from finetune.errors import ConfigError
from finetune.tasks.task import MULTI, NUMBER, Answer, Columns, Floats, Task

PROBABILITY = "p:"
"""Stands before the name of a class in the name of the column of its probability."""


def check_columns(task: Task, *, top: int | None, probabilities: bool) -> None:
    """Refuses columns that a task has none of.

    Args:
        task: What is asked.
        top: Answers beside each row.
        probabilities: Whether each class has a column.

    Raises:
        ConfigError: if it is a number, or fewer than one answer are asked for.
    """
    if top is not None and top < 1:
        raise ConfigError(
            "--top {top}: give the number of answers that each row shall have, 1 or more.", top=top
        )
    if task.problem_type == NUMBER and (top is not None or probabilities):
        raise ConfigError(
            "{option}: a number is answered, and there are no classes with a probability. Leave the option away.",
            option="--probabilities" if probabilities else f"--top {top}",
        )


def with_more_columns(task: Task, *, top: int | None, probabilities: bool) -> Task:
    """Returns the same task, which gives these columns beside its own."""
    if top is None and not probabilities:
        return task

    def columns(answer: Answer, given: Floats, names: Sequence[str]) -> Columns:
        own = dict(task.columns(answer, given, names))
        for name, values in more_columns(answer, given, names, task=task, top=top or 1).items():
            own.setdefault(name, values)
        if probabilities:
            for number, name in enumerate(names):
                own.setdefault(f"{PROBABILITY}{name}", given[:, number].round(4))
        return own

    return replace(task, columns=columns)


def more_columns(
    answer: Answer, probabilities: Floats, names: Sequence[str], *, task: Task, top: int
) -> dict[str, Any]:
    """Returns the answers beside the first: of one class of several the likeliest others, of labels all of them.

    Args:
        answer: The first.
        probabilities: [N, C].
        names: [C] of the classes.
        task: What is asked.
        top: Answers of each row, the first included; no more than there are classes.
    """
    several = task.problem_type == MULTI
    order = ranked(answer, probabilities, several=several)[:, :top]
    found: dict[str, Any] = {}
    for place in range(0 if several else 1, order.shape[1]):
        numbers = order[:, place]
        found[f"label_{place + 1}"] = [names[number] for number in numbers.tolist()]
        shares = np.take_along_axis(probabilities, numbers[:, None], axis=1)[:, 0]
        found[f"confidence_{place + 1}"] = shares.round(4)
    return found


def ranked(answer: Answer, probabilities: Floats, *, several: bool) -> np.ndarray:
    """Returns the classes of each row from the likeliest on; what is answered comes first, where it is one. [N, C]"""
    shares = probabilities
    if not several and len(shares):
        shares = shares.copy()  # of an order the answer is the median, which need not be the likeliest
        np.put_along_axis(shares, np.asarray(answer.predicted)[:, None].astype(np.int64), np.inf, axis=1)
    return np.argsort(-shares, axis=1, kind="stable")
