import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, matthews_corrcoef, precision_recall_fscore_support

from finetune.model.metrics import DIRECTIONS, evaluation_metrics, report, scalars


def test_equal_to_scikit_learn_over_uneven_batches():
    random = np.random.default_rng(0)
    truth = random.choice(4, 500, p=[0.6, 0.25, 0.1, 0.05])
    logits = torch.from_numpy(random.normal(size=(500, 4)))
    logits[range(500), truth] += 1
    guess = logits.argmax(1).numpy()
    metrics = evaluation_metrics(4)
    for rows in np.split(np.arange(500), [3, 200, 499]):
        metrics.update(logits[rows], torch.from_numpy(truth[rows]))
    found = report(metrics.compute() | {"loss": torch.tensor(1.0)}, ["a", "b", "c", "d"])
    assert found["f1_macro"] == pytest.approx(f1_score(truth, guess, average="macro"), abs=1e-6)
    assert found["accuracy"] == pytest.approx((truth == guess).mean(), abs=1e-6)
    assert found["mcc"] == pytest.approx(matthews_corrcoef(truth, guess), abs=1e-6)
    precision, recall, f1, support = precision_recall_fscore_support(truth, guess)
    for i, row in enumerate(found["per_class"].values()):
        assert row["precision"] == pytest.approx(precision[i], abs=1e-6)
        assert row["recall"] == pytest.approx(recall[i], abs=1e-6)
        assert row["f1"] == pytest.approx(f1[i], abs=1e-6)
        assert row["support"] == support[i]
    assert found["rows"] == 500
    assert found["confusion_matrix"]["rows_true_columns_predicted"][3][0] == int(
        ((truth == 3) & (guess == 0)).sum()
    )


def test_every_single_number_has_a_direction_and_no_other_name_has():
    metrics = evaluation_metrics(3)
    metrics.update(torch.eye(3), torch.arange(3))
    assert set(DIRECTIONS) == {"loss", *scalars(metrics.compute())}
    assert set(DIRECTIONS.values()) == {"min", "max"}
