"""The check of few rows: what more of them would be worth, in a sentence. It trains a simple model, many times."""

from collections.abc import Iterator, Sequence

from finetune.data.checks.examined import TRAIN, Examined
from finetune.data.checks.finding import Finding
from finetune.evaluation.learning_curve import Curve, learning_curve, rows_are_few
from finetune.language.say import Message
from finetune.tasks.task import SINGLE, Targets, Task

MACRO_F1 = "f1_macro"


def more_rows(data: Examined) -> Iterator[Finding]:
    """Few training rows, of which more would help: how much, by what a simple model learns of some and of all."""
    train = (data.part == TRAIN).nonzero()[0]
    curve = curve_of(data.text.take(train).to_pylist(), data.class_number[train], data.task, data.seed)
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


def curve_of(texts: Sequence[str], targets: Targets, task: Task, seed: int) -> Curve | None:
    """Returns the curve of training rows; None where rows are many, or it does not surely rise.

    Args:
        texts: [N].
        targets: [N] or [N, C].
        task: What is asked.
        seed: Of whatever is drawn.
    """
    if task.problem_type != SINGLE or task.score != MACRO_F1 or not rows_are_few(targets):
        return None
    curve = learning_curve(texts, targets, seed)
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
