"""Which network is taken of several seeds, and how that is told."""

from finetune.evaluation.seeds import choose, compared_by, rows, taken, what_it_is
from tests.finetune.runs.test_seeds import CONTENT


def test_the_mean_is_taken_unless_it_errs_more_than_the_networks_do_on_average():
    assert choose([0.5, 1.0, 0.75], 0.75) is None
    assert choose([0.5, 1.0, 0.75], 0.76) == 0
    assert choose([float("nan"), 0.5], float("nan")) == 1
    assert choose([float("nan"), float("nan")], float("nan")) is None  # where nothing is known of any


def test_they_are_compared_by_what_the_task_measures():
    assert compared_by({"f1_macro": 1.0, "mae": 1.0, "log_loss": 1.0}) == "log_loss"
    assert compared_by({"r2": 1.0, "mae": 1.0}) == "mae"
    assert compared_by({"of_my_own": 1.0}) == "log_loss"


def test_each_is_told_and_what_was_taken():
    assert rows(CONTENT) == [
        ("seed 1", "0.500", "0.700"),
        ("seed 2", "–", "0.600"),
        ("the mean of their weights", "0.600", "0.500"),
    ]
    assert taken(CONTENT) == 2
    assert "are the mean of those of 2 networks (seeds 1 and 2)" in str(what_it_is(CONTENT))
    alone = CONTENT | {"taken": 2}
    assert taken(alone) == 1
    assert "this is the best one, that of seed 2" in str(what_it_is(alone))
    assert "(log loss)" in str(what_it_is(alone))
