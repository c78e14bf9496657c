"""Scores if the rows were drawn anew: intervals of scores, and of differences between two that answer the same rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CHUNK_BYTES = 16 * 2**20
"""Memory of the counts that are drawn at once."""

RESAMPLES = 2000
"""How often the rows are drawn."""

ScoreOfCounts = Callable[[Integers, Integers, Integers, int], Floats]
"""Gives a score [R] of R tables of counts [R, K], of the cells' true and answered classes [K], and C."""


@dataclass(frozen=True)
class Interval:
    """A difference of scores and its 95% interval."""

    difference: float
    low: float
    high: float


def paired_bootstrap(
    truth: Integers,
    first: Integers,
    second: Integers,
    num_classes: int,
    *,
    score: ScoreOfCounts | None = None,
    resamples: int = RESAMPLES,
    seed: int,
) -> Interval:
    """Returns the score of the first minus that of the second, with the interval if the rows were drawn anew.

    The percentile interval (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Both are
    scored on the same drawn rows. How often each (truth, first, second) is drawn is multinomial, and the score depends
    on no more: so the counts are drawn, not the rows.

    Args:
        truth: [N] class numbers.
        first: [N] answered by the one.
        second: [N] answered by the other.
        num_classes: C.
        score: Of tables of counts, with the arguments of `macro_f1`; that one when left out.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    score = score or macro_f1
    cells, counts = np.unique((truth * num_classes + first) * num_classes + second, return_counts=True)  # [K]
    rest, of_second = np.divmod(cells, num_classes)
    of_truth, of_first = np.divmod(rest, num_classes)

    def difference(drawn: Integers) -> Floats:
        one, other = (score(drawn, of_truth, answered, num_classes) for answered in (of_first, of_second))
        return one - other

    draws = drawn_anew(counts, width=num_classes, resamples=resamples, seed=seed)
    low, high = np.quantile(np.concatenate([difference(drawn) for drawn in draws]), [0.025, 0.975])
    return Interval(float(difference(counts[None])[0]), float(low), float(high))


def drawn_anew(counts: Integers, *, width: int, resamples: int = RESAMPLES, seed: int) -> Iterator[Integers]:
    """Gives how often each of K kinds of rows is drawn, of as many rows as there are, some draws at a time. [R, K]

    Args:
        counts: [K] rows of each kind.
        width: Numbers that are made of each draw besides, which bounds how many draws are at a time.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    random, rows = np.random.default_rng(seed), counts.sum()
    chunk = max(1, CHUNK_BYTES // (8 * max(len(counts), width)))
    for start in range(0, resamples, chunk):
        yield random.multinomial(rows, counts / rows, size=min(chunk, resamples - start))


def bootstrap_intervals(
    truth: Integers, predicted: Integers, num_classes: int, *, resamples: int = RESAMPLES, seed: int
) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of macro-F1, accuracy, balanced accuracy and MCC.

    As in `paired_bootstrap`, the counts of each (truth, predicted) are drawn anew. Where all draws give a score
    alike, as where every answer is right, it has no interval; accuracy has Wilson's (JASA 22, 1927) always.

    Args:
        truth: [N] class numbers.
        predicted: [N] class numbers that were answered.
        num_classes: C.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    cells, counts = np.unique(truth * num_classes + predicted, return_counts=True)  # [K]
    of_truth, answered = np.divmod(cells, num_classes)
    drawn: dict[str, list[Floats]] = {}
    for sample in drawn_anew(counts, width=num_classes, resamples=resamples, seed=seed):
        for name, value in scores_of_counts(sample, of_truth, answered, num_classes).items():
            drawn.setdefault(name, []).append(value)
    intervals = {name: np.quantile(np.concatenate(values), [0.025, 0.975]) for name, values in drawn.items()}
    found = {name: (float(low), float(high)) for name, (low, high) in intervals.items() if low < high}
    return found | {"accuracy": wilson(int((truth == predicted).sum()), len(truth))}


def wilson(right: int, rows: int) -> tuple[float, float]:
    """Returns Wilson's 95% interval of a share (JASA 22, 1927)."""
    from scipy.stats import binomtest

    interval = binomtest(right, rows).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def scores_of_counts(
    counts: Integers, truth: Integers, predicted: Integers, num_classes: int
) -> dict[str, Floats]:
    """Returns macro-F1, accuracy, balanced accuracy and MCC [R] of R tables of counts; arguments as in `macro_f1`.

    MCC of many classes is Gorodkin's (Computational Biology and Chemistry 28, 2004), 0 where it has no value.
    """
    hit = truth == predicted
    total = counts.sum(axis=1)  # [R]
    right = class_totals(counts[:, hit], truth[hit], num_classes)  # [R, C]
    of_truth = class_totals(counts, truth, num_classes)
    answered = class_totals(counts, predicted, num_classes)
    recall = right / np.maximum(of_truth, 1)
    by_chance = (of_truth * answered).sum(axis=1)
    spread = (total**2 - (of_truth**2).sum(axis=1)).astype(float) * (total**2 - (answered**2).sum(axis=1))
    return {
        "f1_macro": macro_f1(counts, truth, predicted, num_classes),
        "accuracy": right.sum(axis=1) / total,
        "balanced_accuracy": recall.sum(axis=1) / (of_truth > 0).sum(axis=1),
        "mcc": (right.sum(axis=1) * total - by_chance) / np.sqrt(np.where(spread > 0, spread, np.inf)),
    }


def macro_f1(counts: Integers, truth: Integers, predicted: Integers, num_classes: int) -> Floats:
    """Returns the macro-F1 [R] of R tables of counts.

    As torchmetrics has it: a class that neither occurs nor is predicted is left out.

    Args:
        counts: [R, K] rows in each of K cells.
        truth: [K] the class of the cells' rows.
        predicted: [K] the class that was answered.
        num_classes: C.
    """
    hit = truth == predicted
    right = class_totals(counts[:, hit], truth[hit], num_classes)  # [R, C]
    either = class_totals(counts, truth, num_classes) + class_totals(counts, predicted, num_classes)
    f1 = 2 * right / np.maximum(either, 1)
    return np.asarray(f1.sum(axis=1) / (either > 0).sum(axis=1))


def class_totals(counts: Integers, classes: Integers, num_classes: int) -> Integers:
    """Returns the sums [R, C] of counts [R, K] over the cells of each class; `classes` is [K]."""
    totals = np.zeros((len(counts), num_classes), dtype=np.int64)
    order = np.argsort(classes, kind="stable")
    present, starts = np.unique(classes[order], return_index=True)
    totals[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
    return totals
