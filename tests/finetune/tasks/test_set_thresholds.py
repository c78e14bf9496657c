import numpy as np
import pytest
from scipy.special import expit

from finetune.tasks.set_scores import scores
from finetune.tasks.set_thresholds import find_threshold, find_thresholds


def drawn(rows: int, seed: int, shift=(0.0, -2.0, -4.0)):
    """Honest probabilities of labels, from frequent to rare, and truths drawn by them."""
    random = np.random.default_rng(seed)
    said = expit(1.5 * random.normal(size=(rows, len(shift))) + shift)
    return said, (random.random(said.shape) < said).astype(np.float32)


def macro(said, truth, thresholds) -> float:
    return scores(truth, said >= thresholds)["f1_macro"]


def test_of_many_rows_none_is_better():
    said, truth = drawn(20_000, seed=0)
    found = find_thresholds(said, truth)
    best = max(macro(said[:, 1:2], truth[:, 1:2], t) for t in np.linspace(0.01, 0.9, 90))
    assert macro(said[:, 1:2], truth[:, 1:2], found[1]) == pytest.approx(best, abs=0.005)


def test_they_serve_rows_that_they_were_not_found_by_better_than_a_half_and_than_what_fits_these_best():
    def fitting(said, there):  # the threshold of the best F1 on the rows alone
        return max(said, key=lambda t: macro(said[:, None], there[:, None], t)) if there.any() else 0.5

    others = drawn(20_000, seed=99)
    gains = {"half": [], "fitting": []}
    for seed in range(8):
        said, truth = drawn(100, seed)
        ours = macro(*others, find_thresholds(said, truth))
        gains["half"].append(ours - macro(*others, 0.5))
        best_here = [fitting(said[:, label], truth[:, label]) for label in range(3)]
        gains["fitting"].append(ours - macro(*others, best_here))
    assert min(gains["half"]) > 0.05
    assert np.mean(gains["fitting"]) > 0.01


def test_a_label_that_no_row_has_gets_what_its_probabilities_promise():
    assert find_threshold(np.array([0.3, 0.1, 0.01]), np.zeros(3)) == pytest.approx((0.3 + 0.1) / 2)
    assert find_threshold(np.array([0.3, 0.25, 0.01]), np.zeros(3)) == pytest.approx((0.25 + 0.01) / 2)


def test_it_lies_between_two_probabilities_and_parts_no_equal_ones():
    said, there = np.array([0.9, 0.4, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    assert find_threshold(said, there) == pytest.approx(0.25)
    assert find_threshold(np.full(4, 0.3), np.ones(4)) == pytest.approx(0.15)


@pytest.mark.parametrize("said", [np.zeros((0, 2)), np.full((30, 2), np.nan), np.zeros((30, 2))])
def test_where_nothing_can_be_told_thresholds_are_numbers_all_the_same(said):
    found = find_thresholds(said, np.zeros(said.shape, np.float32))
    assert len(found) == 2
    assert np.isfinite(found).all()


@pytest.mark.parametrize("probability", [1e-9, 0.001])
def test_a_label_that_nothing_speaks_for_is_not_answered_to_every_row(probability):
    assert find_threshold(np.full(200, probability), np.zeros(200)) == 0.5
