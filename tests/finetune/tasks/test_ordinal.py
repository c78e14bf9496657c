import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, mean_absolute_error

from finetune.tasks.calibration import Calibration
from finetune.tasks.losses import LOSSES
from finetune.tasks.ordinal import ordinal

TASK = ordinal()
NAMES = ["1", "2", "3", "4", "5"]


def answered(rows=600, seed=0):
    """Logits that lean to the neighbours of the right class."""
    draw = np.random.default_rng(seed)
    truth = draw.choice(5, rows, p=[0.1, 0.25, 0.3, 0.2, 0.15])
    logits = -0.5 * np.square(np.arange(5) - truth[:, None]) + draw.normal(size=(rows, 5))
    return logits, truth


def test_the_median_is_answered_and_is_as_sure_as_that_class():
    probabilities = np.array([[0.4, 0.0, 0.3, 0.3, 0.0], [0.1, 0.2, 0.6, 0.1, 0.0], [0.5, 0.5, 0, 0, 0]])
    answer = TASK.answer(probabilities, Calibration(abstain_below=0.4))
    assert answer.predicted.tolist() == [2, 2, 0]
    assert answer.confidence.tolist() == [0.3, 0.6, 0.5]
    assert answer.abstained.tolist() == [True, False, False]


def test_the_report_is_that_of_scikit_learn_of_the_answers():
    logits, truth = answered()
    how = Calibration(1.7)
    predicted = TASK.answer(TASK.probabilities(logits, how), how).predicted
    assert (predicted != logits.argmax(axis=1)).any()
    found = TASK.report(truth, logits, how, NAMES)
    expected = {
        "kappa": cohen_kappa_score(truth, predicted, weights="quadratic"),
        "mae": mean_absolute_error(truth, predicted),
        "spearman": spearmanr(truth, predicted).statistic,
        "accuracy": accuracy_score(truth, predicted),
        "f1_macro": f1_score(truth, predicted, average="macro"),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    scores = TASK.scores(truth, predicted)
    assert {name: scores[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    matrix = np.array(found["confusion_matrix"]["rows_true_columns_predicted"])
    assert matrix.trace() == (truth == predicted).sum()
    assert found["per_class"]["3"]["support"] == (truth == 2).sum()


def test_an_epoch_measures_as_the_report_does():
    logits, truth = answered()
    metrics = TASK.epoch_metrics(5)
    for rows in np.array_split(np.arange(len(truth)), 7):
        metrics.update(torch.from_numpy(logits[rows]).float(), torch.from_numpy(truth[rows]))
    values = TASK.derived(metrics.compute())
    single = {name: value.item() for name, value in values.items() if value.ndim == 0}
    assert set(single) | {"loss"} == set(TASK.directions)
    found = TASK.report(truth, logits, Calibration(), NAMES)
    for name in ("kappa", "mae", "accuracy", "f1_macro", "brier", "log_loss"):
        assert single[name] == pytest.approx(found[name], abs=1e-6)
    train = TASK.train_metrics(5)
    train.update(torch.from_numpy(logits).float(), torch.from_numpy(truth))
    assert {name: value.item() for name, value in train.compute().items()} == pytest.approx(
        {"accuracy": found["accuracy"], "kappa": found["kappa"]}, abs=1e-6
    )


def test_intervals_hold_the_scores_and_the_difference_that_of_both():
    logits, truth = answered()
    first, second = logits.argmax(axis=1), np.full(len(truth), 2)
    found = TASK.intervals(truth, first, 5, seed=0)
    scores = TASK.scores(truth, first)
    assert {"kappa", "mae", "accuracy", "f1_macro"} <= set(found)
    assert all(low < scores[name] < high for name, (low, high) in found.items() if name in scores)
    against = TASK.difference(truth, first, second, 5, seed=0)
    assert against.difference == pytest.approx(scores["kappa"], abs=1e-9)  # one answer alone is chance
    assert 0 < against.low < against.difference < against.high
    same = TASK.difference(truth, first, first, 5, seed=0)
    assert (same.low, same.difference, same.high) == (0, 0, 0)


@pytest.mark.parametrize("name", TASK.losses)
def test_every_loss_is_least_for_the_right_class_and_takes_logits_of_any_size(name):
    logits = torch.tensor([[0.0, 0, 9, 0, 0], [0.0, 9, 0, 0, 0], [1e4, 0, 0, 0, -1e4]], requires_grad=True)
    losses = LOSSES[name](logits, torch.tensor([2, 2, 4]))
    assert losses[0] < losses[1] < losses[2]
    losses.sum().backward()
    assert losses.isfinite().all()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("name", ["cumulative", "emd"])
def test_losses_of_an_order_count_the_steps(name):
    logits = 6 * torch.eye(5)
    losses = LOSSES[name](logits, torch.zeros(5, dtype=torch.int64))
    assert (losses.diff() > 0).all()
    flat = LOSSES["cross_entropy"](logits, torch.zeros(5, dtype=torch.int64))
    assert flat[1:].std() < 1e-5


def test_the_cumulative_loss_is_least_for_the_true_probabilities():
    shares = torch.tensor([0.1, 0.2, 0.4, 0.2, 0.1], dtype=torch.float64)
    labels = torch.arange(10) * 0
    labels[1:3], labels[3:7], labels[7:9], labels[9] = 1, 2, 3, 4
    logits = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        loss = LOSSES["cumulative"](logits.expand(10, 5), labels).mean()
        loss.backward()
        return loss

    search.step(closure)
    assert torch.allclose(logits.softmax(dim=0), shares, atol=1e-3)
    cut = softmax(logits.detach().numpy()[None], axis=1)
    assert TASK.answer(cut, Calibration()).predicted[0] == 2


def test_a_class_that_nobody_has_lies_between_the_others_all_the_same():
    truth, predicted = np.array([0, 0, 0, 4, 4, 1, 1, 0, 4, 1]), np.array([0, 4, 0, 4, 1, 0, 1, 0, 4, 4])
    assert TASK.scores(truth, predicted)["kappa"] == pytest.approx(0.4444, abs=1e-4)
    assert TASK.difference(truth, predicted, truth, 5, seed=0).difference == pytest.approx(
        0.4444 - 1, abs=1e-4
    )


def test_the_calibration_error_is_that_of_the_answer_in_the_middle():
    logits = np.log(np.tile([0.4, 0.2, 0.4], (100, 1)))
    truth = np.array([1] * 80 + [0] * 10 + [2] * 10)
    assert TASK.report(truth, logits, Calibration(), ["1", "2", "3"])["ece"] == pytest.approx(0.6)
