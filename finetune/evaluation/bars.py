"""The answer to one text as people read it: what it is, how sure, and a bar for each probability. Asks no model."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from finetune.language.console import new_console
from finetune.language.lists import listed
from finetune.language.numbers import percent, significant
from finetune.language.say import Message
from finetune.language.short import short
from finetune.tasks.calibration import Calibration
from finetune.tasks.ordinal import ORDINAL
from finetune.tasks.task import MULTI, NUMBER, Answer, Floats, Task

WIDTH = 80
LONGEST_NAME = 30
"""Columns of a class's name beside its bar."""

MOST_BARS = 10
"""Bars where nobody asks for more."""

FULL, PLAIN = "█", "#"
"""What a bar is made of; the second where the terminal's letters have no first."""

GIVEN = "*"
"""Stands before what is answered."""


@dataclass(frozen=True)
class Bar:
    """A line of what is shown.

    Attributes:
        name: Of a class, or of the rest.
        share: Its probability.
        given: Whether it is answered.
    """

    name: str
    share: float
    given: bool = False


def show_answer(
    answer: Answer,
    probabilities: Floats,
    *,
    labels: Sequence[str],
    task: Task,
    calibration: Calibration,
    most: int = MOST_BARS,
) -> None:
    """Prints the answer to one text.

    Args:
        answer: To that text alone.
        probabilities: [1, C] of each output.
        labels: [C] names of the outputs.
        task: What is asked.
        calibration: How the probabilities became the answer.
        most: Bars, at most.
    """
    console = new_console(most=WIDTH)
    console.print(
        Text(str(told(answer, probabilities, labels=labels, task=task, calibration=calibration)), "bold")
    )
    if task.problem_type != NUMBER:
        lines = drawn(bars_of(answer, probabilities, labels=labels, task=task, most=most), console.width)
        console.print(Text("\n".join(["", *lines])), soft_wrap=True)


def told(
    answer: Answer, probabilities: Floats, *, labels: Sequence[str], task: Task, calibration: Calibration
) -> Message:
    """Returns the answer in a sentence: "don't know" where the model would rather not have been asked."""
    if task.problem_type == NUMBER:
        return _number(answer, probabilities, labels, task, calibration)
    confidence, unsure = float(answer.confidence[0]), bool(answer.abstained[0])
    names = _given(answer, labels, task)
    label = listed([short(name) for name in names]) if names else Message("none of the labels")
    if not unsure:
        return Message("{label} ({confidence} sure)", label=label, confidence=percent(confidence))
    return Message(
        "don't know: it would be {label}, but only {confidence} sure, and below {threshold} it is left open",
        label=label,
        confidence=percent(confidence),
        threshold=percent(calibration.abstain_below),
    )


def _given(answer: Answer, labels: Sequence[str], task: Task) -> list[str]:
    """The names that are answered."""
    predicted = answer.predicted[0]
    if task.problem_type == MULTI:
        return [labels[number] for number in np.flatnonzero(predicted).tolist()]
    return [labels[int(predicted)]]


def _number(
    answer: Answer, values: Floats, labels: Sequence[str], task: Task, calibration: Calibration
) -> Message:
    shown = task.columns(answer, values, labels)
    value, low, high = (
        significant(float(shown[name][0]), figures=4, zeros=False) for name in ("value", "low", "high")
    )
    if answer.low is None:
        return Message("{name}: {value}", name=short(labels[0]), value=value)
    coverage = percent(calibration.facts["coverage"][0], digits=0)
    if answer.abstained[0]:
        return Message(
            "don't know: {name} would be {value}, but between {low} and {high} (in {coverage} of cases), which is "
            "wider than asked for",
            name=short(labels[0]),
            value=value,
            low=low,
            high=high,
            coverage=coverage,
        )
    return Message(
        "{name}: {value}, between {low} and {high} in {coverage} of cases",
        name=short(labels[0]),
        value=value,
        low=low,
        high=high,
        coverage=coverage,
    )


def bars_of(
    answer: Answer, probabilities: Floats, *, labels: Sequence[str], task: Task, most: int
) -> list[Bar]:
    """Returns the bars: the most probable first, or in the order of the classes; what is left as one."""
    shares = probabilities[0]
    names = set() if answer.abstained[0] else set(_given(answer, labels, task))
    first = np.argsort(-shares, kind="stable")
    shown = first[: max(1, most)]
    if task.name == ORDINAL:
        shown = np.sort(shown)
    found = [Bar(labels[each], float(shares[each]), labels[each] in names) for each in shown.tolist()]
    left = first[len(shown) :]
    if not len(left):
        return found
    if task.problem_type == MULTI:  # whose probabilities do not add up
        rest = Message("{n:,} other, at most", "{n:,} others, at most", n=len(left))
        return [*found, Bar(str(rest), float(shares[left].max()))]
    rest = Message("{n:,} other", "{n:,} others", n=len(left))
    return [*found, Bar(str(rest), float(shares[left].sum()))]


def drawn(bars: Sequence[Bar], width: int) -> list[str]:
    """Returns the lines, which begin with two places: a mark before what is answered, and a blank."""
    names = [short(bar.name, most=LONGEST_NAME) for bar in bars]
    column = max(map(cell_len, names))
    shares = [percent(bar.share) for bar in bars]
    of_shares = max(map(len, shares))
    room = max(10, min(width, WIDTH) - 2 - column - 2 - 2 - of_shares)
    mark = _mark()
    return [
        f"{GIVEN if bar.given else ' '} {set_cell_size(name, column)}  "
        f"{mark * round(bar.share * room):<{room}}  {share:>{of_shares}}"
        for bar, name, share in zip(bars, names, shares, strict=True)
    ]


def _mark() -> str:
    """What bars are made of here."""
    try:
        FULL.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return FULL
