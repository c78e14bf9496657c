"""Columns beside a task's own, where they are asked for: the answers after the first, the probability of each class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answers import MULTI, NUMBER, Answer, Floats
from .said import Refused, tell


def check_columns(problem: str, *, top: int | None, probabilities: bool) -> None:
    """Refuses columns that a task has none of.

    Raises:
        Refused: A number is answered, or fewer answers than one are asked for.
    """
    if top is not None and top < 1:
        raise Refused(
            tell("--top {top}: give the number of answers that each row shall have, 1 or more", top=top)
        )
    if problem == NUMBER and (top is not None or probabilities):
        raise Refused(
            tell(
                "{option}: a number is answered, and there are no classes with a probability: leave the option away",
                option="--probabilities" if probabilities else f"--top {top}",
            )
        )


def with_more(
    own: Mapping[str, list[Any]],
    answer: Answer,
    shares: Floats,
    labels: Sequence[str],
    problem: str,
    *,
    top: int | None,
    probabilities: bool,
) -> dict[str, list[Any]]:
    """Returns the columns of N rows and those that are asked for besides.

    Args:
        own: The task's own columns.
        answer: The answers.
        shares: [N, C] the probabilities.
        labels: [C] names of the classes.
        problem: What kind of answer it is.
        top: Answers of each row, the first included; no more than there are classes.
        probabilities: Whether each class has a column.
    """
    found, several = dict(own), problem == MULTI
    if top is not None or probabilities:
        order = ranked(answer, shares, several=several)[:, : top or 1]
        for place in range(0 if several else 1, order.shape[1]):
            numbers = order[:, place]
            of_each = np.take_along_axis(shares, numbers[:, None], axis=1)[:, 0]
            found.setdefault(f"label_{place + 1}", [labels[number] for number in numbers])
            found.setdefault(f"confidence_{place + 1}", of_each.round(4).tolist())
    if probabilities:
        for number, name in enumerate(labels):
            found.setdefault(f"p:{name}", shares[:, number].round(4).tolist())
    return found


def ranked(answer: Answer, shares: Floats, *, several: bool) -> NDArray[np.int64]:
    """Returns the classes of each row from the likeliest on; what is answered comes first, where it is one. [N, C]"""
    if not several and len(shares):
        shares = shares.copy()  # of an order the answer is the median, which need not be the likeliest
        np.put_along_axis(shares, answer.predicted[:, None].astype(np.int64), np.inf, axis=1)
    return np.argsort(-shares, axis=1, kind="stable")
