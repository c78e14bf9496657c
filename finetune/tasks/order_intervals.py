"""Weighted kappa and the error in steps if the rows were drawn anew: as `bootstrap` has it of scores of classes."""

import numpy as np

from finetune.tasks.bootstrap import (
    RESAMPLES,
    Floats,
    Integers,
    Interval,
    class_totals,
    drawn_anew,
    paired_bootstrap,
)


def order_intervals(
    truth: Integers, predicted: Integers, num_classes: int, *, resamples: int = RESAMPLES, seed: int
) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of weighted kappa and of the error in steps; none where all draws are alike."""
    cells, counts = np.unique(truth * num_classes + predicted, return_counts=True)  # [K]
    of_truth, answered = np.divmod(cells, num_classes)
    steps, drawn = np.abs(of_truth - answered), dict[str, list[Floats]](kappa=[], mae=[])
    for sample in drawn_anew(counts, width=num_classes, resamples=resamples, seed=seed):
        drawn["kappa"].append(kappas_of_counts(sample, of_truth, answered, num_classes))
        drawn["mae"].append(sample @ steps / len(truth))
    found = {name: np.quantile(np.concatenate(values), [0.025, 0.975]) for name, values in drawn.items()}
    return {name: (float(low), float(high)) for name, (low, high) in found.items() if low < high}


def kappa_difference(
    truth: Integers,
    first: Integers,
    second: Integers,
    num_classes: int,
    *,
    resamples: int = RESAMPLES,
    seed: int,
) -> Interval:
    """Returns weighted kappa of the first minus that of the second, with the interval if the rows were drawn anew.

    Args:
        truth: [N] class numbers.
        first: [N] answered by the one.
        second: [N] answered by the other.
        num_classes: C.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    return paired_bootstrap(
        truth, first, second, num_classes, score=kappas_of_counts, resamples=resamples, seed=seed
    )


def kappas_of_counts(counts: Integers, truth: Integers, predicted: Integers, num_classes: int) -> Floats:
    """Returns the quadratic weighted kappa [R] of R tables of counts.

    By chance the squared distance of two is the sum of both variances and the square of the means' distance. Of a
    table whose rows are all of one class and answered as it, it is 1: nothing is wrong.

    Args:
        counts: [R, K] rows in each of K cells.
        truth: [K] the class of the cells' rows.
        predicted: [K] the class that was answered.
        num_classes: C.
    """
    places = np.arange(num_classes)
    rows = counts.sum(axis=1)
    wrong = counts @ np.square(truth - predicted) / rows
    moments = []
    for classes in (truth, predicted):
        shares = class_totals(counts, classes, num_classes) / rows[:, None]
        moments.append((shares @ places, shares @ np.square(places)))
    (mean, square), (other_mean, other_square) = moments
    by_chance = square + other_square - 2 * mean * other_mean
    return np.where(by_chance > 0, 1 - wrong / np.where(by_chance > 0, by_chance, 1), 1.0)
