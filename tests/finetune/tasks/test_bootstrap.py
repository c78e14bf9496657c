import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, matthews_corrcoef
from torchmetrics.classification import MulticlassF1Score

from finetune.tasks import bootstrap
from finetune.tasks.bootstrap import bootstrap_intervals, macro_f1, paired_bootstrap, scores_of_counts


def answers(rows, num_classes, first_right, second_right, seed=0):
    """Truth [N], and two that answer it right with these chances and else by chance."""
    random = np.random.default_rng(seed)
    truth = random.integers(num_classes, size=rows)
    guesses = [
        np.where(random.random(rows) < right, truth, random.integers(num_classes, size=rows))
        for right in (first_right, second_right)
    ]
    return truth, *guesses


def f1_of_rows(truth, guess):
    """Macro-F1 class by class, over those that occur or are predicted."""
    there = np.union1d(truth, guess)
    right = np.array([((truth == c) & (guess == c)).sum() for c in there])
    either = np.array([(truth == c).sum() + (guess == c).sum() for c in there])
    return (2 * right / either).mean()


def resampled_by_rows(truth, first, second, resamples, seed):
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        rows = random.integers(len(truth), size=len(truth))
        differences.append(f1_of_rows(truth[rows], first[rows]) - f1_of_rows(truth[rows], second[rows]))
    return np.array(differences)


@pytest.mark.parametrize("seed", range(10))
def test_macro_f1_of_counts_is_that_of_torchmetrics(seed):
    random = np.random.default_rng(seed)
    num_classes = int(random.integers(2, 9))
    there = random.choice(num_classes, random.integers(1, num_classes + 1), replace=False)
    truth, guess = random.choice(there, (2, int(random.integers(1, 40))))
    metric = MulticlassF1Score(num_classes, average="macro")
    found = macro_f1(np.ones((1, len(truth)), dtype=np.int64), truth, guess, num_classes)
    assert found == pytest.approx(metric(torch.from_numpy(guess), torch.from_numpy(truth)).item(), abs=1e-6)


@pytest.mark.parametrize(("rows", "num_classes"), [(60, 2), (80, 6)])
def test_drawn_counts_are_drawn_rows(rows, num_classes):
    """With 6 classes in 80 rows some draws miss a class: it is left out in both ways."""
    truth, first, second = answers(rows, num_classes, 0.7, 0.5)
    direct = resampled_by_rows(truth, first, second, 3000, seed=1)
    found = paired_bootstrap(truth, first, second, num_classes, resamples=20_000, seed=0)
    expected = [
        f1_score(truth, guess, average="macro", labels=range(num_classes)) for guess in (first, second)
    ]
    assert found.difference == pytest.approx(expected[0] - expected[1])
    # a 2.5 % quantile of 3,000 draws is uncertain by about sqrt(p (1 - p) / n) / density: 0.05 deviations
    for mine, theirs in zip((found.low, found.high), np.quantile(direct, [0.025, 0.975]), strict=True):
        assert mine == pytest.approx(theirs, abs=0.2 * direct.std())


def test_the_mean_of_the_draws_is_that_of_drawn_rows(monkeypatch):
    truth, first, second = answers(40, 5, 0.6, 0.6)
    kept = []
    quantile = np.quantile
    monkeypatch.setattr(
        bootstrap.np, "quantile", lambda values, q: kept.append(values) or quantile(values, q)
    )
    paired_bootstrap(truth, first, second, 5, resamples=20_000, seed=0)
    direct = resampled_by_rows(truth, first, second, 3000, seed=1)
    assert len(kept[0]) == 20_000
    assert kept[0].mean() == pytest.approx(direct.mean(), abs=4 * direct.std() / np.sqrt(3000))
    assert kept[0].std() == pytest.approx(direct.std(), rel=0.06)


def test_the_seed_decides_and_the_memory_does_not(monkeypatch):
    given = (*answers(300, 4, 0.7, 0.6), 4)
    found = paired_bootstrap(*given, seed=5)
    assert paired_bootstrap(*given, seed=5) == found
    assert paired_bootstrap(*given, seed=6) != found
    monkeypatch.setattr(bootstrap, "CHUNK_BYTES", 1)
    assert paired_bootstrap(*given, seed=5) == found


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Two equally good models: about 95 % of the intervals hold 0; below 88 of 100 chance has one in 500."""
    covered = 0
    for seed in range(100):
        interval = paired_bootstrap(*answers(200, 3, 0.6, 0.6, seed), 3, resamples=400, seed=seed)
        covered += interval.low <= 0 <= interval.high
    assert covered >= 88


def test_the_interval_turns_with_its_sides_and_sees_a_clear_difference():
    truth, first, second = answers(400, 3, 0.9, 0.5)
    there = paired_bootstrap(truth, first, second, 3, seed=0)
    back = paired_bootstrap(truth, second, first, 3, seed=0)
    assert 0 < there.low < there.difference < there.high
    assert back.difference == pytest.approx(-there.difference)
    assert back.high < 0


@pytest.mark.parametrize("seed", range(6))
def test_scores_of_counts_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    num_classes = int(random.integers(2, 7))
    truth, guess = random.integers(num_classes, size=(2, 40))
    truth = np.minimum(truth, num_classes - 1 - seed % 2)  # every second time the last class does not occur
    found = scores_of_counts(np.ones((1, 40), dtype=np.int64), truth, guess, num_classes)
    assert found["accuracy"] == pytest.approx((truth == guess).mean())
    assert found["mcc"] == pytest.approx(matthews_corrcoef(truth, guess))
    recall = [(guess[truth == c] == c).mean() for c in np.unique(truth)]
    assert found["balanced_accuracy"] == pytest.approx(np.mean(recall))
    assert found["f1_macro"] == pytest.approx(f1_of_rows(truth, guess))


def test_one_answer_for_all_has_no_correlation():
    truth = np.array([0, 1, 1])
    assert (
        scores_of_counts(np.ones((1, 3), dtype=np.int64), truth, np.zeros(3, dtype=np.int64), 2)["mcc"] == 0
    )


def test_intervals_are_those_of_drawn_rows_and_the_seed_decides():
    truth, guess, _ = answers(150, 4, 0.7, 0.5)
    found = bootstrap_intervals(truth, guess, 4, resamples=20_000, seed=0)
    random = np.random.default_rng(1)
    drawn = [random.integers(150, size=150) for _ in range(3000)]
    scores = {"f1_macro": f1_of_rows, "mcc": matthews_corrcoef}
    for name, score in scores.items():
        low, high = np.quantile([score(truth[rows], guess[rows]) for rows in drawn], [0.025, 0.975])
        assert found[name] == pytest.approx((low, high), abs=0.01)
    assert set(found) == {"f1_macro", "accuracy", "balanced_accuracy", "mcc"}
    assert bootstrap_intervals(truth, guess, 4, seed=3) == bootstrap_intervals(truth, guess, 4, seed=3)
    assert bootstrap_intervals(truth, guess, 4, seed=3) != bootstrap_intervals(truth, guess, 4, seed=4)


def test_no_right_answer_at_all_has_the_interval_of_the_accuracy():
    found = bootstrap_intervals(np.array([0, 0, 1]), np.array([1, 2, 2]), 3, seed=0)
    assert found["accuracy"] == pytest.approx((0, 0.5615), abs=1e-4)  # Wilson's
    assert "f1_macro" not in found


def test_answers_that_are_all_right_have_no_interval_but_that_of_the_accuracy():
    truth = np.arange(20) % 4
    found = bootstrap_intervals(truth, truth, 4, seed=0)
    assert list(found) == ["accuracy"]
    assert found["accuracy"] == pytest.approx((0.8389, 1), abs=1e-4)
