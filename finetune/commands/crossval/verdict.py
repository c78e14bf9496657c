"""Whether the model is better than a simple one over the folds: a sentence, by the folds' own interval."""

import math
from dataclasses import asdict
from typing import Any

from finetune.evaluation.comparison import McNemar, Outcome, outcome
from finetune.evaluation.score_names import SCORES, model_message
from finetune.language.numbers import rows
from finetune.language.say import Message, in_every_language
from finetune.tasks.bootstrap import Interval
from finetune.tasks.task import SINGLE, Task

SEEN = 0.0005
"""A difference below it is shown as +0.000: nobody is told that it varies."""

DIFFERENCES = {"r2": (-math.inf, math.inf), "kappa": (-2.0, 2.0)}
"""Beyond which no difference of a score can be; of others one."""


def compared(
    difference: dict[str, Any], mcnemar: McNemar | None, every: int, *, task: Task | None = None
) -> dict[str, Any]:
    """Returns the comparison with the best baseline and the verdict in every language, by the folds' own interval.

    That of a bootstrap of all rows would be too narrow: it knows nothing of how models differ from fold to fold.

    Args:
        difference: The model minus the baseline, over the folds.
        mcnemar: The rows that only one of both gets right; None where there is no right and wrong.
        every: How many rows there are.
        task: What was asked; one label of several when left out.
    """
    if difference["low"] is None:
        return {}
    best = difference["baseline"]
    score = difference.get("metric", "f1_macro")
    least, most = DIFFERENCES.get(score, (-1.0, 1.0))
    low, high = max(least, difference["low"]), min(most, difference["high"])  # no difference is beyond
    found = outcome(Interval(difference["mean"], low, high), mcnemar, every)
    same = abs(low) < SEEN and abs(high) < SEEN
    values: dict[str, Any] = {
        "baseline": model_message(best, SINGLE if task is None else task.problem_type),
        "score": SCORES.get(score, score),
        "mean": difference["mean"],
        "low": low,
        "high": high,
        "rows": rows(every),
    }
    if mcnemar is None:
        verdict = by_score_alone(found, values, same=same)
        return {"verdict": in_every_language(verdict)}
    verdict = Message(
        "Over the folds the trained model beats the simple model {baseline}: {score} {mean:+.3f} on average (95% "
        "interval {low:+.3f} to {high:+.3f}). Of {rows} it alone gets {first:,} right, the simple model alone "
        "{second:,}."
        if found == "better"
        else "Over the folds the trained model does NOT beat the simple model {baseline}: {score} {mean:+.3f} on "
        "average (95% interval {low:+.3f} to {high:+.3f}). Of {rows} it alone gets {first:,} right, the simple model "
        "alone {second:,}. Do not rely on it as it is: more epochs, more rows, a hub model or cleaner labels may help."
        if found == "worse"
        else "Over the folds the trained model is as good as the simple model {baseline}, and not better: their "
        "{score} is the same. Of {rows} it alone gets {first:,} right, the simple model alone {second:,}. The simple "
        "model needs seconds and no GPU, and may do."
        if same
        else "It is not proved that the trained model is better than the simple model {baseline}: {score} "
        "{mean:+.3f} on average (95% interval {low:+.3f} to {high:+.3f}), but too few rows tell the two apart. Of "
        "{rows} it alone gets {first:,} right, the simple model alone {second:,}. More rows would tell."
        if low > 0 or high < 0
        else "It is not proved that the trained model is better than the simple model {baseline}: {score} "
        "{mean:+.3f} on average, but from fold to fold it differs too much to tell (95% interval {low:+.3f} to "
        "{high:+.3f}). Of {rows} it alone gets {first:,} right, the simple model alone {second:,}. More folds, or "
        "--seeds 3, tell more.",
        **values,
        first=mcnemar.only_first_right,
        second=mcnemar.only_second_right,
    )
    return {
        "right_alone": {"baseline": best, "rows": every, **asdict(mcnemar)},
        "verdict": in_every_language(verdict),
    }


def by_score_alone(found: Outcome, values: dict[str, Any], *, same: bool) -> Message:
    """Returns the verdict where there is no right and wrong, as of numbers.

    Args:
        found: Which it is.
        values: What is said in it.
        same: Whether both are as good.
    """
    return Message(
        "Over the folds the trained model beats the simple model {baseline}: {score} {mean:+.3f} on average (95% "
        "interval {low:+.3f} to {high:+.3f})."
        if found == "better"
        else "Over the folds the trained model does NOT beat the simple model {baseline}: {score} {mean:+.3f} on "
        "average (95% interval {low:+.3f} to {high:+.3f}). Do not rely on it as it is: more epochs, more rows, a hub "
        "model or a cleaner table may help."
        if found == "worse"
        else "Over the folds the trained model is as good as the simple model {baseline}, and not better: their "
        "{score} is the same. The simple model needs seconds and no GPU, and may do."
        if same
        else "It is not proved that the trained model is better than the simple model {baseline}: {score} "
        "{mean:+.3f} on average, but from fold to fold it differs too much to tell (95% interval {low:+.3f} to "
        "{high:+.3f}). More folds, or --seeds 3, tell more.",
        **values,
    )
