import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from finetune.model.set_regression import fit_sets


def table(rows=400, shift=(0.0, -2.5), seed=0):
    """Features far from 0 of uneven size, and labels that two of them tell; then one that all have, one that none."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 6)) * [1, 5, 1, 1, 0.1, 1] + 7
    logits = np.stack([2 * (features[:, 0] - 7), 0.4 * (features[:, 1] - 7)], axis=1) + shift
    truth = (random.random(logits.shape) < expit(logits)).astype(float)
    return features, np.concatenate([truth, np.ones((rows, 1)), np.zeros((rows, 1))], axis=1)


def test_each_label_is_told_and_as_probable_as_it_is_frequent():
    features, targets = table()
    said = expit(fit_sets(features, targets, sureness=0.5, seed=0).logits(features))
    assert all(roc_auc_score(targets[:, label], said[:, label]) > 0.8 for label in range(2))
    assert said[:, :2].mean(axis=0) == pytest.approx(targets[:, :2].mean(axis=0), abs=1e-6)
    assert said[:, 2].min() > 0.99
    assert said[:, 3].max() < 0.01


def test_less_sure_is_closer_together():
    features, targets = table()
    half, whole = (fit_sets(features, targets, sureness=by, seed=0).logits(features) for by in (0.5, 1.0))
    assert half.std(axis=0)[:2] == pytest.approx(whole.std(axis=0)[:2] / 2)


def test_without_a_bias_it_tells_them_all_the_same():
    features, targets = table()
    found = fit_sets(features - 7, targets, sureness=0.5, seed=0, with_bias=False)
    assert not found.bias.any()
    assert roc_auc_score(targets[:, 0], found.logits(features - 7)[:, 0]) > 0.8


@pytest.mark.parametrize("rows", [2, 5, 9])
def test_few_rows_are_learned_from(rows):
    targets = np.zeros((rows, 3))
    targets[0, 0] = targets[1:, 1] = 1
    features = np.random.default_rng(0).normal(size=(rows, 8)) + 4 * targets[:, :1]
    found = fit_sets(features, targets, sureness=0.5, seed=0).logits(features)
    assert np.isfinite(found).all()
    assert found[:, 0].argmax() == 0
