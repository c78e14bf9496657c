import math

import numpy as np
import pytest

from finetune.errors import ConfigError
from finetune.evaluation.abstention import answered_at, check_precision, choose_threshold, curve


def rows(count: int = 400, seed: int = 0):
    """Answers that are right as often as their confidence says."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.3, 1, count)
    return confidence, random.uniform(size=count) < confidence


def test_the_lowest_threshold_that_keeps_the_promise_is_chosen():
    confidence, right = rows()
    threshold = choose_threshold(confidence, right, 0.85)
    brought = answered_at(threshold, confidence, right)
    assert brought.precision >= 0.85
    lower = [answered_at(each, confidence, right).precision for each in confidence if each < threshold]
    assert lower
    assert max(lower) < 0.85


def test_what_it_brings_is_counted():
    brought = answered_at(0.5, np.array([0.9, 0.5, 0.49, 0.6]), np.array([True, False, True, True]))
    assert (brought.rows, brought.answered, brought.coverage) == (4, 3, 0.75)
    assert brought.precision == pytest.approx(2 / 3)
    # Wilson's formula by hand: (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n)
    z, n, p = 1.959964, 3, 2 / 3
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    middle = p + z * z / (2 * n)
    assert brought.interval == pytest.approx(
        ((middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)), abs=1e-6
    )


def test_it_never_abstains_where_all_answers_together_are_good_enough():
    confidence, right = rows()
    assert choose_threshold(confidence, right, right.mean()) == 0


def test_nothing_is_promised_that_was_not_seen():
    confidence, right = rows()
    assert choose_threshold(confidence, np.zeros_like(right), 0.5) is None
    # right answers enough, but too few of them
    few = np.argsort(-confidence)[:19]
    right = np.zeros_like(right)
    right[few] = True
    assert choose_threshold(confidence, right, 0.99) is None
    right[np.argsort(-confidence)[:20]] = True
    assert choose_threshold(confidence, right, 0.99) is not None


def test_no_rows_have_no_threshold():
    assert choose_threshold(np.zeros(0), np.zeros(0, dtype=bool), 0.9) is None


def test_rows_of_one_confidence_are_answered_together():
    confidence = np.repeat([0.9, 0.6], 30)
    right = np.array([True] * 30 + [True] * 15 + [False] * 15)
    assert choose_threshold(confidence, right, 0.95) == pytest.approx(0.75)  # half way: not a digit decides
    thresholds, coverage, precision = curve(confidence, right)
    assert thresholds.tolist() == [0.9, 0.6]
    assert coverage.tolist() == [0.5, 1]
    assert precision.tolist() == [1, 0.75]


def test_no_answer_at_all_has_no_precision():
    brought = answered_at(0.99, np.array([0.5]), np.array([True]))
    assert brought.answered == 0
    assert math.isnan(brought.precision)


@pytest.mark.parametrize("wanted", [0, 1, 90, -0.1])
def test_a_share_that_is_none_is_refused(wanted):
    with pytest.raises(ConfigError, match=f"--wanted_precision {wanted}: .* above 0 and below 1"):
        check_precision(wanted)
