"""The check of few rows: what more of them would be worth, in a sentence. It trains a simple model, many times."""

from collections.abc import Iterator, Sequence

from finetune.data.checks.examined import TRAIN, Examined
from finetune.data.checks.finding import Finding
from finetune.data.dividing.by_column import group_of
from finetune.data.dividing.divisible import bundles
from finetune.evaluation.learning_curve import Curve, Integers, learning_curve, rows_are_few
from finetune.language.say import Message
from finetune.tasks.task import SINGLE, Targets, Task

MACRO_F1 = "f1_macro"


def more_rows(data: Examined) -> Iterator[Finding]:
    """Few training rows, of which more would help: how much, by what a simple model learns of some and of all."""
    train = (data.part == TRAIN).nonzero()[0]
    cells = None if data.group_column is None else data.cells(data.group_column)
    groups = None if cells is None else groups_of([cells[row] for row in train.tolist()])
    texts = data.text.take(train).to_pylist()
    curve = curve_of(texts, data.class_number[train], data.task, data.seed, groups=groups)
    if curve is None:
        return
    first, second, last = curve.scores
    yield Finding(
        "more_rows",
        "note",
        len(train),
        what=Message(
            "training row; a simple model (TF-IDF) that learned from a quarter, half and all of them reached a "
            "macro-F1 of {first:.2f}, {second:.2f} and {last:.2f} on others of them",
            "training rows; a simple model (TF-IDF) that learned from a quarter, half and all of them reached a "
            "macro-F1 of {first:.2f}, {second:.2f} and {last:.2f} on others of them",
            n=len(train),
            first=first,
            second=second,
            last=last,
        ),
        advice=worth(curve),
    )


def groups_of(cells: Sequence[object]) -> Integers:
    """Returns a number for each row, the same for rows of which one group is named. [N]"""
    return bundles([group_of(cell) for cell in cells])


def curve_of(
    texts: Sequence[str], targets: Targets, task: Task, seed: int, *, groups: Integers | None = None
) -> Curve | None:
    """Returns the curve of training rows; None where rows are many, or it does not surely rise.

    Args:
        texts: [N].
        targets: [N] or [N, C].
        task: What is asked.
        seed: Of whatever is drawn.
        groups: [N] the same number for rows of one group, which are left out together; None where there are none.
    """
    if task.problem_type != SINGLE or task.score != MACRO_F1 or not rows_are_few(targets):
        return None
    curve = learning_curve(texts, targets, seed, groups)
    return curve if curve is not None and curve.shows else None


def worth(curve: Curve) -> Message:
    """Returns what as many rows again are worth."""
    low, high = curve.interval
    return Message(
        "As many rows again, about {n:,} more in a class, would be worth about {points:.0f} points of macro-F1 to a "
        "simple model, most likely between {low:.0f} and {high:.0f}.",
        "As many rows again, about {n:,} more in a class, would be worth about {points:.0f} points of macro-F1 to a "
        "simple model, most likely between {low:.0f} and {high:.0f}.",
        n=curve.a_class,
        points=100 * curve.doubling,
        low=100 * low,
        high=100 * high,
    )
