import numpy as np
import pytest
from scipy.special import expit
from sklearn import metrics as sklearn
from sklearn.calibration import calibration_curve

from finetune.tasks.set_scores import BINS, report, scores
from tests.finetune.tasks.several import answers


@pytest.mark.parametrize(("labels", "rows"), [(2, 300), (7, 500), (12, 200)])
def test_every_score_is_that_of_scikit_learn(labels, rows):
    truth, logits = answers(labels, rows)
    said = expit(logits.astype(float))
    thresholds = np.linspace(0.2, 0.7, labels)
    guess, names = (said >= thresholds).astype(np.float32), [str(i) for i in range(labels)]
    found = report(truth, guess, logits.astype(float), names=names, thresholds=thresholds)
    curved = [i for i in range(labels) if 0 < truth[:, i].sum() < rows]
    expected = {
        # left out of the mean: what neither occurs nor is answered
        "f1_macro": sklearn.f1_score(truth, guess, average="macro", zero_division=np.nan),
        "f1_micro": sklearn.f1_score(truth, guess, average="micro"),
        "f1_samples": sklearn.f1_score(truth, guess, average="samples", zero_division=1),
        "accuracy": sklearn.accuracy_score(truth, guess),
        "hamming_loss": sklearn.hamming_loss(truth, guess),
        "lrap": sklearn.label_ranking_average_precision_score(truth, logits),
        "roc_auc": sklearn.roc_auc_score(truth[:, curved], said[:, curved], average="macro"),
        "average_precision": sklearn.average_precision_score(
            truth[:, curved], said[:, curved], average="macro"
        ),
        "brier": sklearn.brier_score_loss(truth.ravel(), said.ravel()),
        "log_loss": sklearn.log_loss(truth.ravel(), said.ravel()),
        "ece": calibration_error(said.ravel(), truth.ravel()),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert {name for name, value in found.items() if isinstance(value, float)} == set(expected)
    assert found["rows"] == rows
    precision, recall, f1, support = sklearn.precision_recall_fscore_support(truth, guess, zero_division=0)
    for i in curved:
        assert found["per_class"][str(i)] == pytest.approx(
            {
                "precision": precision[i],
                "recall": recall[i],
                "f1": f1[i],
                "roc_auc": sklearn.roc_auc_score(truth[:, i], said[:, i]),
                "average_precision": sklearn.average_precision_score(truth[:, i], said[:, i]),
                "threshold": thresholds[i],
                "support": support[i],
            },
            abs=1e-6,
        )


def calibration_error(said, truth):
    """From scikit-learn's curve, which leaves empty bins out, weighted by what is in its bins."""
    fraction, mean = calibration_curve(truth, said, n_bins=BINS)
    rows = np.histogram(said, np.linspace(0, 1, BINS + 1))[0]
    return float((rows[rows > 0] * np.abs(fraction - mean)).sum() / len(truth))


def test_a_label_that_neither_occurs_nor_is_answered_takes_part_in_no_mean():
    truth = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 0]], dtype=np.float32)
    guess = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]], dtype=np.float32)
    found = report(truth, guess, np.eye(3), names=["boi", "preço", "chuva"], thresholds=np.full(3, 0.5))
    assert found["f1_macro"] == pytest.approx(2 / 3)
    assert found["roc_auc"] == found["per_class"]["boi"]["roc_auc"]
    assert np.isnan(found["per_class"]["preço"]["roc_auc"])
    guess[2, 1] = 1  # answered in vain: it counts, as 0
    assert scores(truth, guess)["f1_macro"] == pytest.approx(1 / 3)


def test_where_there_is_nothing_to_be_found_f1_is_nothing_and_the_rows_are_right():
    nothing = np.zeros((4, 2), dtype=np.float32)
    found = report(nothing, nothing, np.full((4, 2), -3.0), names=["a", "b"], thresholds=np.full(2, 0.5))
    assert (found["f1_macro"], found["f1_micro"]) == (0, 0)
    assert (found["f1_samples"], found["accuracy"], found["lrap"]) == (1, 1, 1)


def test_equal_probabilities_are_ranked_as_scikit_learn_does():
    truth = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]], dtype=np.float32)
    logits = np.array([[1.0, 1, 0, 0], [2, 2, 2, 0], [0, 0, 0, 0], [1, 2, 3, 4]])
    found = report(truth, truth, logits, names=list("abcd"), thresholds=np.full(4, 0.5))
    assert found["lrap"] == pytest.approx(sklearn.label_ranking_average_precision_score(truth, logits))
