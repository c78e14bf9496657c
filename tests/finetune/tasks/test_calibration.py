import numpy as np
import pytest
from scipy.special import log_softmax
from transformers import BertConfig

from finetune.tasks.calibration import (
    Calibration,
    fit_temperature,
    helpful_temperature,
    read_calibration,
    softmax,
    write_calibration,
)


def drawn(rows: int, sharpness: float, seed: int = 0):
    """Labels drawn by the probabilities of some logits, and these logits made too sharp."""
    random = np.random.default_rng(seed)
    logits = 1.5 * random.normal(size=(rows, 4))
    labels = np.array([random.choice(4, p=row) for row in softmax(logits)])
    return logits * sharpness, labels


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(sharpness):
    logits, labels = drawn(20_000, sharpness)
    assert fit_temperature(logits, labels) == pytest.approx(sharpness, rel=0.03)


def test_no_other_temperature_makes_the_labels_more_likely():
    logits, labels = drawn(300, 2.0)

    def log_loss(temperature):
        return -log_softmax(logits / temperature, axis=1)[range(300), labels].mean()

    found = fit_temperature(logits, labels)
    assert log_loss(found) <= min(log_loss(t) for t in np.geomspace(0.2, 8, 400)) + 1e-9


def test_rows_that_cannot_tell_leave_it_at_one():
    logits, labels = drawn(19, 3.0)
    assert fit_temperature(logits, labels) == 1
    logits, _ = drawn(500, 3.0)
    assert fit_temperature(logits, logits.argmax(axis=1)) == 1
    assert fit_temperature(logits, logits.argmin(axis=1)) == 1  # worse than chance: the vaguer the better
    assert fit_temperature(np.full((30, 3), np.nan), np.arange(30) % 3) == 1


def test_it_comes_back_from_a_saved_config_and_can_be_taken_away(tmp_path):
    config = BertConfig()
    assert read_calibration(config) == Calibration(1.0, None, None)
    write_calibration(config, Calibration(1.25, 0.7, 0.9))
    config.save_pretrained(tmp_path)
    opened = BertConfig.from_pretrained(tmp_path)
    assert read_calibration(opened) == Calibration(1.25, 0.7, 0.9)
    write_calibration(opened, None)
    write_calibration(opened, None)
    assert read_calibration(opened) == Calibration()


def test_a_temperature_is_kept_where_it_helps_other_rows_too():
    logits, labels = drawn(2_000, 3.0)
    assert helpful_temperature(logits, labels) == fit_temperature(logits, labels) > 2
    # rows whose confidence is true already: whatever such few of them ask for is chance
    kept = [helpful_temperature(*drawn(30, 1.0, seed)) for seed in range(40)]
    asked = [fit_temperature(*drawn(30, 1.0, seed)) for seed in range(40)]
    assert kept.count(1.0) >= 25 > asked.count(1.0)
    assert {(a, b) for a, b in zip(kept, asked, strict=True) if a not in (1.0, b)} == set()
