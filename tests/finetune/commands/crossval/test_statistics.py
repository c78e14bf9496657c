import math

import numpy as np
import pytest
from scipy import stats

from finetune.commands.crossval.statistics import (
    best_of,
    class_estimates,
    difference,
    estimate,
    estimates,
    ratio_of,
    summary,
)


def test_a_hand_computed_example():
    """Scores 0.6, 0.7, 0.8: mean 0.7, sd 0.1; t(2) is 4.302653; factor 1/3 + 1/4 = 7/12."""
    found = estimate([0.6, 0.7, 0.8], ratio=0.25)
    half = 4.302653 * 0.1 * math.sqrt(7 / 12)
    assert found.mean == pytest.approx(0.7)
    assert found.sd == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.7 - half, 0.7 + half), abs=1e-6)
    assert found.values == [0.6, 0.7, 0.8]


def test_without_the_correction_it_is_scipys_interval_and_with_it_a_wider_one():
    values = np.random.default_rng(0).normal(0.8, 0.05, 10)
    interval = stats.t.interval(0.95, 9, loc=values.mean(), scale=stats.sem(values))
    plain, corrected = (estimate(list(values), ratio=ratio) for ratio in (0.0, 1 / 9))
    assert (plain.low, plain.high) == pytest.approx(interval)
    wider = (corrected.high - corrected.low) / (plain.high - plain.low)
    assert wider == pytest.approx(math.sqrt((1 / 10 + 1 / 9) / (1 / 10)))


def test_the_corrected_interval_holds_the_truth_where_the_plain_one_does_not():
    """Repeated folds of a mean, the score of each being its held-out rows' distance from what the others say."""
    random = np.random.default_rng(1)
    held = {0.0: 0, 0.25: 0}
    for _ in range(300):
        rows = random.normal(size=100)
        values = []
        for _ in range(4):
            for part in np.array_split(random.permutation(rows), 5):
                values.append(part.mean())
        for ratio in held:
            found = estimate(values, ratio=ratio)
            held[ratio] += found.low <= 0 <= found.high
    assert held[0.0] / 300 < 0.85
    assert held[0.25] / 300 > 0.93


@pytest.mark.parametrize("values", [[0.5], [0.5, None], [0.5, math.nan]])
def test_one_value_has_no_interval(values):
    found = estimate(values, ratio=0.25)
    assert (found.mean, found.sd, found.low, found.high) == (0.5, None, None, None)


def test_without_values_there_is_no_mean():
    assert estimate([None, math.nan], ratio=0.25).mean is None
    assert estimate([None, math.nan], ratio=0.25).values == [None, None]


def test_missing_values_are_left_out():
    found, without = estimate([0.4, None, 0.6, math.inf], ratio=0.2), estimate([0.4, 0.6], ratio=0.2)
    assert (found.mean, found.low, found.high) == (without.mean, without.low, without.high)
    assert found.values == [0.4, None, 0.6, None]


def test_equal_scores_have_an_interval_without_width():
    found = estimate([0.5, 0.5, 0.5], ratio=0.25)
    assert found.low == found.mean == found.high == 0.5


def test_single_numbers_are_taken_whatever_they_are_called_and_counts_are_not():
    reports = [
        {"f1_macro": 0.5, "novo": 1.0, "rows": 10, "loss": None, "intervals": {"a": [0, 1]}},
        {"f1_macro": 0.7, "novo": 2.0, "rows": 10, "loss": 0.3},
    ]
    found = estimates(reports, ratio=0.5)
    assert set(found) == {"f1_macro", "novo", "loss"}
    assert found["novo"].mean == 1.5
    assert found["loss"].values == [None, 0.3]


def test_a_fold_without_rows_of_a_class_has_not_measured_it():
    def report(support, f1):
        return {"per_class": {"a": {"f1": f1, "recall": f1, "support": support}}}

    found = class_estimates(
        [report(4, 0.8), report(0, 0.0), report(6, 0.6), report(9, 0.7)], ratio=0.5, once=3
    )
    assert found["a"]["f1"]["mean"] == pytest.approx(0.7)
    assert found["a"]["f1"]["values"] == [0.8, None, 0.6, 0.7]
    assert found["a"]["rows"] == 10


def fold(model, simple, dull):
    scores = {"tfidf": simple, "majority": dull}
    return {
        "test": {"f1_macro": model, "per_class": {}},
        "baselines": {
            name: {"test": {"f1_macro": score}, "validation": {"f1_macro": 1.0}, "rows": 3}
            for name, score in scores.items()
        },
    }


def test_the_difference_is_to_the_best_baseline_fold_by_fold():
    rows = [{"train": 40, "validation": 10, "test": 10}] * 2
    found = summary([fold(0.8, 0.7, 0.1), fold(0.9, 0.6, 0.2)], rows, folds=2)
    assert found["difference"]["baseline"] == "tfidf"
    assert found["difference"]["values"] == pytest.approx([0.1, 0.3])
    assert found["difference"]["mean"] == pytest.approx(0.2)
    assert found["baselines"]["majority"]["f1_macro"]["mean"] == pytest.approx(0.15)
    assert found["test_rows_per_training_row"] == 0.25


def test_without_baselines_there_is_no_difference():
    metrics = [{"test": {"f1_macro": 0.5}}] * 2
    found = summary(metrics, [{"train": 4, "test": 1}] * 2, folds=2)
    assert found["baselines"] == {}
    assert "difference" not in found
    assert best_of({}, "f1_macro") is None


def test_a_difference_needs_both():
    first, second = estimate([0.5, None, 0.7], ratio=0.1), estimate([0.4, 0.4, 0.4], ratio=0.1)
    assert difference(first, second, ratio=0.1).values[1] is None


def test_the_ratio_is_of_the_mean_sizes():
    assert ratio_of([{"train": 10, "test": 5}, {"train": 30, "test": 5}]) == 0.25
