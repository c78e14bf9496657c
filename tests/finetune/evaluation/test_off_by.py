import numpy as np
import pytest

from finetune.evaluation.off_by import sentences, steps, within
from finetune.language.which import speaking

MATRIX = [[5, 2, 1], [0, 6, 1], [0, 1, 4]]
"""True classes in rows, answers in columns, both in order."""


def test_steps_are_counted_to_both_sides_of_what_is_right():
    rows = steps(np.array(MATRIX))
    assert rows.tolist() == [0, 1, 15, 3, 1]
    assert within(rows, 0) == 0.75
    assert within(rows, 1) == 0.95
    assert within(rows, 9) == 1


def test_what_has_no_size_of_errors_says_nothing():
    assert list(sentences({"accuracy": 0.5, "confusion_matrix": {}})) == []


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            {"mae": 0.3, "confusion_matrix": {"rows_true_columns_predicted": MATRIX}},
            [
                "The model errs by 0.30 steps of the order on average; 95.0% of the answers are right or one step off."
            ],
        ),
        (
            {"mae": 1234.567, "median_error": 0.0123456},
            ["The model errs by 1,235 on average (MAE); half of the answers are off by less than 0.0123."],
        ),
        (
            {"mae": 2.5, "median_error": 2, "interval": {"wanted": 0.9, "measured": 0.875, "width": 41.23}},
            [
                "The model errs by 2.50 on average (MAE); half of the answers are off by less than 2.00.",
                "Intervals: 90% of the true numbers were to lie in theirs, 87.5% do. On average an interval is 41.2 "
                "wide.",
            ],
        ),
    ],
)
def test_how_far_answers_are_off_is_told_in_the_size_of_the_numbers(report, said):
    with speaking("en"):
        assert list(map(str, sentences(report))) == said
