import numpy as np
import pytest
import torch
from sklearn import metrics as sklearn
from sklearn.calibration import calibration_curve

from finetune.tasks.calibration import fit_temperature
from finetune.tasks.class_metrics import (
    BINS,
    evaluate,
    evaluation_metrics,
    report,
    with_derived,
)
from finetune.tasks.epoch_metrics import EpochMetrics, scalars
from finetune.tasks.row_metrics import RowMean
from finetune.tasks.single_label import DIRECTIONS


def answers(classes: int, rows: int, seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    """Logits that know something of uneven classes."""
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, classes + 1)
    truth = random.choice(classes, rows, p=shares / shares.sum())
    truth[:classes] = range(classes)
    logits = torch.from_numpy(2 * random.normal(size=(rows, classes)).astype("float32"))
    logits[range(rows), truth] += 2
    return logits, truth


@pytest.mark.parametrize(("classes", "rows"), [(2, 1100), (5, 700), (40, 900)])
def test_every_metric_is_that_of_scikit_learn(classes, rows):
    logits, truth = answers(classes, rows)
    found = report(evaluate(logits, torch.from_numpy(truth)), [str(i) for i in range(classes)])
    p = logits.double().softmax(1).numpy()
    guess, one_column = p.argmax(1), p[:, 1] if classes == 2 else p
    expected = {
        "accuracy": sklearn.accuracy_score(truth, guess),
        "balanced_accuracy": sklearn.balanced_accuracy_score(truth, guess),
        "f1_macro": sklearn.f1_score(truth, guess, average="macro"),
        "f1_micro": sklearn.f1_score(truth, guess, average="micro"),
        "f1_weighted": sklearn.f1_score(truth, guess, average="weighted"),
        "mcc": sklearn.matthews_corrcoef(truth, guess),
        "roc_auc": sklearn.roc_auc_score(truth, one_column, multi_class="ovr"),
        "average_precision": sklearn.average_precision_score(np.eye(classes)[truth], p),
        "brier": sklearn.brier_score_loss(truth, one_column),
        "log_loss": sklearn.log_loss(truth, p),
        "ece": calibration_error(p, truth),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert {name for name, value in found.items() if isinstance(value, float)} == set(expected)
    precision, recall, f1, support = sklearn.precision_recall_fscore_support(truth, guess, zero_division=0)
    for i, row in enumerate(found["per_class"].values()):
        assert row == pytest.approx(
            {
                "precision": precision[i],
                "recall": recall[i],
                "f1": f1[i],
                "roc_auc": sklearn.roc_auc_score(truth == i, p[:, i]),
                "average_precision": sklearn.average_precision_score(truth == i, p[:, i]),
                "support": support[i],
            },
            abs=1e-6,
        )
    assert found["rows"] == rows
    assert (
        found["confusion_matrix"]["rows_true_columns_predicted"]
        == sklearn.confusion_matrix(truth, guess).tolist()
    )


def calibration_error(p, truth):
    """From scikit-learn's curve, which leaves empty bins out, weighted by the rows of its bins."""
    sure, right = p.max(1), p.argmax(1) == truth
    fraction, mean = calibration_curve(right, sure, n_bins=BINS)
    rows = np.histogram(sure, np.linspace(0, 1, BINS + 1))[0]
    return float((rows[rows > 0] * np.abs(fraction - mean)).sum() / len(truth))


def test_classes_that_never_occur_take_part_in_no_mean():
    logits, truth = answers(4, 300)
    truth = np.where(truth == 3, 0, truth)
    found = report(evaluate(logits, torch.from_numpy(truth)), list("abcd"))
    p = logits.double().softmax(1).numpy()
    assert found["balanced_accuracy"] == pytest.approx(
        np.mean([(p.argmax(1)[truth == i] == i).mean() for i in range(3)])
    )
    areas = [sklearn.roc_auc_score(truth == i, p[:, i]) for i in range(3)]
    assert found["roc_auc"] == pytest.approx(np.mean(areas), abs=1e-6)
    assert np.isnan(found["per_class"]["d"]["roc_auc"])


def test_an_epoch_gives_the_same_over_uneven_batches():
    logits, truth = answers(4, 500)
    labels = torch.from_numpy(truth)
    epoch = EpochMetrics(evaluation_metrics(4), with_derived, with_loss=True)
    for rows in np.split(np.arange(500), [1, 3, 200, 499]):
        epoch.update(logits[rows], labels[rows], torch.ones(len(rows)))
    found, whole = scalars(epoch.close()), evaluate(logits, labels)
    assert found.pop("loss") == 1
    found = {name: value for name, value in found.items() if not name.startswith("calibrated_log_loss")}
    assert set(found) == set(scalars(whole)) - {"roc_auc", "average_precision", "ece"}
    for name, value in found.items():
        assert value.item() == pytest.approx(whole[name].item(), abs=1e-6), name


@pytest.mark.parametrize("truth", [[0] * 7 + [1] * 3, [1] * 95 + [0] * 5, [0] * 9, [1] * 9])
@pytest.mark.parametrize("guess", [0, 1])
def test_one_answer_for_all_of_two_classes_has_no_correlation(truth, guess):
    """What a training that fell back to one class answers."""
    logits = torch.zeros(len(truth), 2)
    logits[:, guess] = 3
    labels = torch.tensor(truth)
    epoch = EpochMetrics(evaluation_metrics(2), with_derived, with_loss=True)
    epoch.update(logits, labels, torch.zeros(len(truth)))
    expected = 0 if len(set(truth)) > 1 else sklearn.matthews_corrcoef(truth, [guess] * len(truth))
    assert evaluate(logits, labels)["mcc"].item() == epoch.close()["mcc"].item() == expected == 0


def test_sums_that_are_equal_in_the_first_batch_stay_apart():
    epoch = EpochMetrics(evaluation_metrics(3), with_derived, with_loss=True)
    sure = torch.tensor([[200.0, 0, 0]])
    for label in (0, 1):
        epoch.update(sure, torch.tensor([label]), torch.zeros(1))
    found = epoch.close()
    assert found["brier"] == 1
    assert found["log_loss"] == 100


def test_every_single_number_of_an_epoch_has_a_direction_and_no_other_name_has():
    epoch = EpochMetrics(evaluation_metrics(3), with_derived, with_loss=True)
    epoch.update(torch.eye(3), torch.arange(3), torch.zeros(3))
    assert set(DIRECTIONS) == set(scalars(epoch.close()))
    assert set(DIRECTIONS.values()) == {"min", "max"}


def test_a_mean_over_rows_does_not_depend_on_their_order():
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0)) * torch.logspace(-3, 3, 1000)
    means = set()
    for order in (torch.arange(1000), torch.arange(999, -1, -1), torch.randperm(1000)):
        mean = RowMean()
        for batch in values[order].split(7):
            mean.update(batch)
        means.add(mean.compute().item())
    assert len(means) == 1
    assert means.pop() == pytest.approx(values.double().mean().item(), rel=1e-5)


def test_a_row_without_a_loss_is_not_passed_over_in_silence():
    mean = RowMean()
    mean.update(torch.tensor([1.0, float("nan"), 3.0]))
    assert mean.compute().isnan()


def logits_of_a_network_too_sure(rows=400, *, sharpness, seed=0):
    random = torch.Generator().manual_seed(seed)
    labels = torch.randint(4, (rows,), generator=random)
    logits = torch.randn(rows, 4, generator=random) + 1.5 * torch.nn.functional.one_hot(labels, 4)
    return logits * sharpness, labels


def of_an_epoch(logits, labels, batches=1):
    metrics = evaluation_metrics(4)
    for part in zip(logits.chunk(batches), labels.chunk(batches), strict=True):
        metrics.update(*part)
    return metrics.compute()


def test_the_calibrated_log_loss_does_not_mind_that_a_network_is_too_sure():
    found = [of_an_epoch(*logits_of_a_network_too_sure(sharpness=sharpness)) for sharpness in (2.0, 6.0)]
    assert found[1]["log_loss"] > 2 * found[0]["log_loss"]
    assert found[1]["calibrated_log_loss"].item() == pytest.approx(
        found[0]["calibrated_log_loss"].item(), abs=1e-4
    )
    temperature = fit_temperature(*(each.numpy() for each in logits_of_a_network_too_sure(sharpness=6.0)))
    logits, labels = logits_of_a_network_too_sure(sharpness=6.0)
    expected = torch.nn.functional.cross_entropy(logits / temperature, labels)
    assert found[1]["calibrated_log_loss"].item() == pytest.approx(expected.item(), abs=1e-4)


def test_a_network_that_is_not_sure_enough_is_not_made_surer():
    found = of_an_epoch(*logits_of_a_network_too_sure(sharpness=0.2))
    assert found["calibrated_log_loss"].item() == pytest.approx(found["log_loss"].item(), abs=1e-4)


def test_its_noise_is_half_of_the_interval_of_a_mean():
    logits, labels = logits_of_a_network_too_sure(sharpness=0.5)
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    expected = 1.96 * losses.std().item() / 400**0.5
    assert of_an_epoch(logits, labels)["calibrated_log_loss_noise"] == pytest.approx(expected, rel=0.01)
    assert of_an_epoch(logits[:1], labels[:1])["calibrated_log_loss_noise"] == float("inf")


def test_both_are_the_same_in_any_order_and_batches():
    logits, labels = logits_of_a_network_too_sure(sharpness=3.0)
    turned = torch.randperm(400, generator=torch.Generator().manual_seed(1))
    one, other = of_an_epoch(logits, labels), of_an_epoch(logits[turned], labels[turned], batches=7)
    for name in ("calibrated_log_loss", "calibrated_log_loss_noise"):
        assert one[name] == other[name]


def test_a_loss_that_is_no_number_is_told():
    logits, labels = logits_of_a_network_too_sure(sharpness=1.0)
    logits[0, 0] = torch.nan
    assert of_an_epoch(logits, labels)["calibrated_log_loss"].isnan()
