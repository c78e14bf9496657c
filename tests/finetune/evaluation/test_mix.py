import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

from finetune.evaluation.mix import NETWORK_ALONE, USUAL, Mix, chosen
from finetune.tasks.task import MULTI, NUMBER


def answers(rows, *, strength, seed, classes=4):
    """Logits that are right as often as they are strong, and the truth that they are about."""
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(99).integers(classes, size=rows)
    return random.normal(size=(rows, classes)) + strength * np.eye(classes)[truth], truth


def test_the_network_alone_is_left_as_it_is():
    network, _ = answers(20, strength=1, seed=0)
    assert NETWORK_ALONE.logits(network, np.full((20, 4), 0.25)) == pytest.approx(
        log_softmax(network, axis=1)
    )


def test_a_share_weighs_the_logarithms():
    network, words = np.array([[2.0, 0.0]]), np.array([[0.2, 0.8]])
    found = softmax(Mix(0.25).logits(network, words), axis=1)
    expected = softmax(network, axis=1) ** 0.75 * words**0.25
    assert found == pytest.approx(expected / expected.sum(), abs=1e-9)
    assert softmax(Mix(1.0).logits(network, words), axis=1) == pytest.approx(words)


def test_numbers_are_what_they_are():
    network, words = np.array([[2.0], [-4.0]]), np.array([[10.0], [0.0]])
    assert Mix(0.25, 3.0, 0.5, NUMBER).logits(network, words) == pytest.approx(np.array([[4.0], [-3.0]]))


def test_a_class_that_words_never_saw_is_not_ruled_out():
    found = Mix(0.5).logits(np.array([[0.0, 30.0]]), np.array([[1.0, 0.0]]))
    assert np.isfinite(found).all()
    assert found.argmax() == 1


def test_each_is_calibrated_before():
    network, _ = answers(20, strength=1, seed=0)
    words = softmax(answers(20, strength=2, seed=1)[0], axis=1)
    plain = Mix(0.4).logits(network, words)
    assert Mix(0.4, network=3.0).logits(3 * network, words) == pytest.approx(plain)
    vague = softmax(np.log(words) / 3, axis=1)
    assert Mix(0.4, words=1 / 3).logits(network, vague) == pytest.approx(plain)


@pytest.mark.parametrize(("strong", "weak", "expected"), [(3, 0, 0.0), (0, 3, 1.0), (1, 1, 0.5)])
def test_many_rows_choose_the_share_by_what_each_is_worth(strong, weak, expected):
    network, truth = answers(4000, strength=strong, seed=1)
    words, _ = answers(4000, strength=weak, seed=2)
    found = chosen(network, softmax(words, axis=1), truth, temperatures=(1.0, 1.0))
    assert found.weight == pytest.approx(expected, abs=0.051)


@pytest.mark.parametrize("seed", range(5))
def test_a_few_rows_move_the_share_a_little(seed):
    network, truth = answers(8, strength=1, seed=seed)
    words, _ = answers(8, strength=1, seed=seed + 50)
    found = chosen(network, softmax(words, axis=1), truth, temperatures=(1.0, 1.0))
    assert found.weight == pytest.approx(USUAL, abs=0.25)


def several(rows, *, strength, seed, labels=3):
    """The same of labels that stand together, of which the last is rare."""
    random = np.random.default_rng(seed)
    truth = (np.random.default_rng(99).random((rows, labels)) < [0.5, 0.3, 0.1]).astype(np.float32)
    return random.normal(size=(rows, labels)) + strength * (truth - 0.5) - [0, 1, 2.5], truth


def test_a_share_weighs_the_odds_of_labels_that_stand_together():
    network, words = np.array([[2.0, 0.0]]), np.array([[0.2, 0.8]])
    found = expit(Mix(0.25, problem=MULTI).logits(network, words))
    odds = (expit(network) / expit(-network)) ** 0.75 * (words / (1 - words)) ** 0.25
    assert found == pytest.approx(odds / (1 + odds), abs=1e-9)
    assert expit(Mix(1.0, problem=MULTI).logits(network, words)) == pytest.approx(words)
    assert Mix(0.0, network=2.0, problem=MULTI).logits(network, words) == pytest.approx(network / 2)


@pytest.mark.parametrize("words", [[[0.0, 1.0]], [[1.0, 0.0]]])
def test_a_label_that_words_are_certain_of_is_not_settled(words):
    found = Mix(0.5, problem=MULTI).logits(np.array([[30.0, -30.0]]), np.array(words))
    assert np.isfinite(found).all()
    assert (found > 0).tolist() == [[True, False]]


@pytest.mark.parametrize(("strong", "weak", "expected"), [(4, 0, 0.0), (0, 4, 1.0), (1, 1, 0.5)])
def test_many_rows_choose_the_share_of_labels_that_stand_together(strong, weak, expected):
    network, truth = several(4000, strength=strong, seed=1)
    words, _ = several(4000, strength=weak, seed=2)
    found = chosen(network, expit(words), truth, temperatures=(1.0, 1.0), problem=MULTI)
    assert found.weight == pytest.approx(expected, abs=0.101)
    assert found.problem == MULTI
