import numpy as np
import pytest
from sklearn.metrics import r2_score

from finetune.evaluation.baselines import BASELINES, fit_baselines, measure
from finetune.evaluation.words_of_numbers import best_penalty
from finetune.tasks.number import number

DEAR = {"ouro": 900.0, "prata": 300.0, "lata": 20.0}


def table(rows, seed=0):
    """Texts that tell their price by one word of three."""
    draw = np.random.default_rng(seed)
    words = draw.choice(list(DEAR), rows)
    texts = [f"um anel de {word} {draw.integers(9)}" for word in words]
    return texts, np.array([DEAR[word] for word in words]) + draw.normal(0, 5, rows)


def test_the_mean_tells_nothing_and_words_tell_the_price():
    texts, prices = table(150)
    new, truth = table(80, seed=1)
    found = {
        each.name: measure(each, new, truth, number())
        for each in fit_baselines(texts, prices, num_classes=1, seed=0)
    }
    assert found["majority"].predicted == pytest.approx(np.full(80, prices.mean()))
    assert found["tfidf"].scores["r2"] == pytest.approx(r2_score(truth, found["tfidf"].predicted))
    assert found["tfidf"].scores["r2"] > 0.95
    assert abs(found["majority"].scores["r2"]) < 0.1


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("texts", [["boi"], ["🐄", "🌱"], ["a", "b", "c"]])
def test_the_smallest_tables_can_be_learned(name, texts):
    model = BASELINES[name](texts, np.arange(len(texts)) + 0.5, 1, 0)
    assert np.isfinite(model.predict_proba(["boi", ""])).all()
    assert model.predict_proba([]).shape == (0, 1)


def test_the_penalty_is_larger_where_there_is_nothing_to_learn():
    draw = np.random.default_rng(0)
    features = draw.normal(size=(80, 30)) / np.sqrt(30)
    assert best_penalty(features, draw.normal(size=80), seed=0) > 3
    assert best_penalty(features, 5 * features[:, 0], seed=0) == 0.03
