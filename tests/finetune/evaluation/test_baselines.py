import subprocess
import sys

import numpy as np
import pytest
import torch
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score, MulticlassMatthewsCorrCoef

from finetune.errors import ConfigError
from finetune.evaluation.baselines import (
    BASELINES,
    Baseline,
    fit_baselines,
    measure,
)
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import scores, single_label

WORDS = {0: "boi pasto arroba", 1: "soja ferrugem grão", 3: "trator pneu óleo"}


def table(rows, seed=0):
    """Texts that tell their class by one word of three; class 2 of 4 never occurs."""
    random = np.random.default_rng(seed)
    labels = random.choice(list(WORDS), rows)
    texts = [f"hoje {random.choice(WORDS[label].split())} {random.integers(9)}" for label in labels]
    return texts, labels


@pytest.mark.parametrize("name", BASELINES)
def test_every_row_gives_each_class_a_column(name):
    texts, labels = table(60)
    found = BASELINES[name](texts, labels, 4, 0).predict_proba(["boi", "", "nada disto", "óleo"])
    assert found.shape == (4, 4)
    assert found.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    assert (found >= 0).all()
    assert (found[:, 2] == 0).all()


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("texts", [["boi"], ["!"], ["🐄", "🌱"], ["a", "b", "c"]])
def test_the_smallest_tables_can_be_learned(name, texts):
    labels = np.arange(len(texts))
    found = BASELINES[name](texts, labels, 3, 0).predict_proba(texts)
    assert found.shape == (len(texts), 3)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-6)
    assert BASELINES[name](texts, labels, 3, 0).predict_proba([]).shape == (0, 3)


def test_majority_answers_the_most_frequent_class():
    model = BASELINES["majority"](["a", "b", "c", "d"], np.array([1, 1, 0, 3]), 4, 0)
    assert model.predict_proba(["x", "y"]).tolist() == [[0, 1, 0, 0]] * 2


def test_of_classes_in_an_order_it_is_that_class_too_and_not_the_middle_one():
    labels = np.array([0] * 5 + [1] * 2 + [2] * 2 + [3] * 2)
    majority = fit_baselines(["a"] * 11, labels, num_classes=4, seed=0, names=["majority"])[0]
    assert measure(majority, ["x"], labels[:1], ordinal()).predicted.tolist() == [0]


def test_they_are_fitted_timed_and_scored():
    texts, labels = table(120)
    majority, tfidf = fit_baselines(texts, labels, num_classes=4, seed=0)
    assert (majority.name, tfidf.name) == ("majority", "tfidf")
    found = measure(tfidf, texts, labels, single_label())
    assert found.scores == scores(labels, found.probabilities.argmax(axis=1))
    assert found.scores["accuracy"] == 1
    assert found.seconds > 0
    assert tfidf.seconds > 0
    often = np.bincount(labels).max()
    assert measure(majority, texts, labels, single_label()).scores["accuracy"] == pytest.approx(often / 120)


def of_the_user(texts, labels, num_classes, seed):
    return BASELINES["majority"](texts, labels, num_classes + (seed == 1), seed)


def test_a_users_own_is_named_by_its_module(tmp_path, monkeypatch):
    code = (
        "from finetune.evaluation.baselines import majority\ndef mine(*given):\n    return majority(*given)\n"
    )
    (tmp_path / "my_baselines.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    [found] = fit_baselines(["a", "b"], np.array([0, 1]), num_classes=2, seed=0, names=["my_baselines:mine"])
    assert (found.name, found.rows) == ("my_baselines:mine", 2)


def test_a_baseline_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match='there is no baseline "svm": there are majority, tfidf'):
        fit_baselines(["a"], np.array([0]), num_classes=1, seed=0, names=["svm"])


def test_a_baseline_without_a_column_for_each_class_is_refused():
    model = of_the_user(["a", "b"], np.array([0, 1]), 2, 1)
    with pytest.raises(
        ConfigError, match=r'"mine": predict_proba gave \[1, 3\] probabilities for 1 text and 2 classes'
    ):
        measure(Baseline("mine", model, 2, 0.0, 2), ["a"], np.array([0]), single_label())


@pytest.mark.parametrize("seed", range(20))
def test_scores_are_those_of_torchmetrics(seed):
    random = np.random.default_rng(seed)
    num_classes = int(random.integers(3, 9))
    there = random.choice(num_classes, random.integers(2, num_classes + 1), replace=False)
    truth, guess = random.choice(there, (2, int(random.integers(2, 40))))
    found = scores(truth, guess)
    expected = {
        "f1_macro": MulticlassF1Score(num_classes, average="macro"),
        "accuracy": MulticlassAccuracy(num_classes, average="micro"),
        "mcc": MulticlassMatthewsCorrCoef(num_classes),
    }
    for name, metric in expected.items():
        assert found[name] == pytest.approx(
            metric(torch.from_numpy(guess), torch.from_numpy(truth)).item(), abs=1e-6
        ), name


def test_a_score_of_one_class_gives_no_warning(recwarn):
    assert scores(np.array([1]), np.array([1])) == {"f1_macro": 1, "accuracy": 1, "mcc": 0}
    assert scores(np.array([0, 1, 1]), np.array([1, 1, 1]))["mcc"] == 0
    assert not recwarn.list


def test_importing_it_loads_no_scikit_learn():
    code = "import finetune.evaluation.baselines, sys; print([m for m in ('sklearn', 'scipy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
