import numpy as np
import pytest

from finetune.tasks import bootstrap
from finetune.tasks.bootstrap import wilson
from finetune.tasks.set_bootstrap import difference, intervals
from finetune.tasks.set_scores import samples_f1, scores
from tests.finetune.tasks.several import answers


def three(rows=300, labels=4):
    truth, logits = answers(labels, rows)
    return truth, (logits > 0).astype(np.float32), (logits > 1).astype(np.float32)


def by_hand(truth, score, *others, draws=500):
    """A score of rows that are drawn one by one."""
    random = np.random.default_rng(5)
    rows = [random.integers(len(truth), size=len(truth)) for _ in range(draws)]
    return np.quantile(
        [score(truth[each], *(other[each] for other in others)) for each in rows], [0.025, 0.975]
    )


def test_intervals_are_those_of_rows_drawn_one_by_one():
    truth, predicted, _ = three()
    found = intervals(truth, predicted, 4, seed=0)
    for name in ("f1_macro", "f1_micro"):
        expected = by_hand(truth, lambda *of, name=name: scores(*of)[name], predicted)
        assert found[name] == pytest.approx(tuple(expected), abs=0.012)
    expected = by_hand(truth, lambda *of: samples_f1(*of).mean(), predicted)
    assert found["f1_samples"] == pytest.approx(tuple(expected), abs=0.012)
    assert found["accuracy"] == wilson(int((truth == predicted).all(axis=1).sum()), len(truth))


def test_a_difference_is_of_both_on_the_same_rows():
    truth, first, second = three()
    found = difference(truth, first, second, 4, seed=0)

    def gain(*of):
        return scores(of[0], of[1])["f1_macro"] - scores(of[0], of[2])["f1_macro"]

    assert found.difference == pytest.approx(gain(truth, first, second))
    assert (found.low, found.high) == pytest.approx(tuple(by_hand(truth, gain, first, second)), abs=0.012)
    assert difference(truth, first, first, 4, seed=0) == bootstrap.Interval(0, 0, 0)


def test_little_memory_changes_no_more_than_the_draws(monkeypatch):
    truth, first, second = three()
    usual = difference(truth, first, second, 4, seed=0)
    monkeypatch.setattr(bootstrap, "CHUNK_BYTES", 8 * 3 * 300)
    assert difference(truth, first, second, 4, seed=0).low == pytest.approx(usual.low, abs=0.01)


def test_of_answers_that_are_all_right_f1_has_no_interval():
    truth = three()[0]
    assert set(intervals(truth, truth, 4, seed=0)) == {"accuracy"}
