import numpy as np
import pytest

from finetune.evaluation.abstention import curve
from finetune.report.figures.measures import (
    precision_recall,
    reliability_bins,
    thinned,
    uncalibrated,
)


def test_bins_hold_their_upper_edge_and_empty_ones_are_left_out():
    bins = reliability_bins(np.array([0.2, 0.21, 0.6, 1.0]), np.array([True, False, True, True]), bins=5)
    assert bins.low.tolist() == pytest.approx([0.0, 0.2, 0.4, 0.8])
    assert bins.accuracy.tolist() == [1, 0, 1, 1]
    assert bins.confidence.tolist() == pytest.approx([0.2, 0.21, 0.6, 1.0])


def test_the_bins_give_the_calibration_error_that_is_measured_elsewhere():
    from torch import tensor
    from torchmetrics.functional.classification import binary_calibration_error

    random = np.random.default_rng(0)
    confidence = random.uniform(0.02, 0.98, 500)
    right = random.random(500) < confidence**2
    bins = reliability_bins(confidence, right)
    ours = float((bins.rows * np.abs(bins.accuracy - bins.confidence)).sum() / bins.rows.sum())
    theirs = binary_calibration_error(tensor(confidence), tensor(right.astype(int)), n_bins=15).item()
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_rows_of_equal_confidence_are_answered_together():
    thresholds, answered, accuracy = curve(
        np.array([0.9, 0.5, 0.5, 0.2]), np.array([True, True, False, True])
    )
    assert thresholds.tolist() == [0.9, 0.5, 0.2]
    assert answered.tolist() == [0.25, 0.75, 1.0]
    assert accuracy.tolist() == pytest.approx([1, 2 / 3, 0.75])


def test_nothing_has_no_points():
    assert all(len(values) == 0 for values in curve(np.zeros(0), np.zeros(0, dtype=bool)))


def test_the_temperature_is_taken_back():
    logits = np.random.default_rng(1).normal(size=(20, 4)) * 3

    def softmax(values):
        raised = np.exp(values)
        return raised / raised.sum(axis=1, keepdims=True)

    np.testing.assert_allclose(uncalibrated(softmax(logits / 1.7), 1.7), softmax(logits), atol=1e-9)


def test_precision_and_recall_are_those_of_scikit_learn():
    from sklearn.metrics import precision_recall_curve

    random = np.random.default_rng(2)
    scores, positive = random.random(100).round(2), random.random(100) < 0.3
    recall, precision = precision_recall(scores, positive)
    theirs = precision_recall_curve(positive, scores)
    np.testing.assert_allclose(precision, theirs[0][:-1][::-1])
    np.testing.assert_allclose(recall, theirs[1][:-1][::-1])


def test_of_many_points_some_are_drawn_with_both_ends():
    assert thinned(3).tolist() == [0, 1, 2]
    chosen = thinned(10_000, most=50)
    assert len(chosen) <= 50
    assert (chosen[0], chosen[-1]) == (0, 9_999)
