import numpy as np
import pytest
from scipy.special import expit

from finetune.tasks.calibration import Calibration, log_losses
from finetune.tasks.multi_label import multi_label
from tests.finetune.tasks.several import answers

TASK = multi_label()
NAMES = ["boi", "preço", "chuva"]
THRESHOLDS = Calibration(facts={"thresholds": [0.5, 0.2, 0.9]})


def test_a_row_gets_the_labels_that_reach_their_own_thresholds():
    answer = TASK.answer(np.array([[0.6, 0.3, 0.8], [0.4, 0.2, 0.9], [0.1, 0.1, 0.1]]), THRESHOLDS)
    assert TASK.written(answer.predicted, NAMES) == ["boi|preço", "preço|chuva", ""]


def test_without_thresholds_it_is_what_is_more_probable_than_not():
    assert TASK.answer(np.array([[0.51, 0.49, 0.9]]), Calibration()).predicted.tolist() == [[1, 0, 1]]


def test_it_is_as_sure_as_all_labels_together_and_may_abstain():
    said = np.array([[0.6, 0.3, 0.8], [0.9, 0.9, 0.95]])
    answer = TASK.answer(said, Calibration(facts=THRESHOLDS.facts, abstain_below=0.5))
    assert answer.confidence == pytest.approx([0.6 * 0.3 * 0.2, 0.9 * 0.9 * 0.95])
    assert answer.abstained.tolist() == [True, False]


def test_right_is_a_row_of_which_every_label_is():
    truth = np.array([[1, 0, 1], [1, 0, 1], [0, 0, 0]], dtype=np.float32)
    predicted = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 0]], dtype=np.float32)
    assert TASK.right(truth, predicted).tolist() == [True, False, True]


def test_a_column_for_the_labels_and_one_for_each_of_them():
    said = np.array([[0.61234, 0.3, 0.8]])
    columns = TASK.columns(TASK.answer(said, THRESHOLDS), said, NAMES)
    assert list(columns) == ["labels", "p:boi", "p:preço", "p:chuva", "confidence", "abstained"]
    assert columns["labels"] == ["boi|preço"]
    assert columns["p:boi"] == [0.6123]
    assert columns["confidence"] == pytest.approx([0.0367])


def test_too_sure_a_network_is_corrected_and_its_thresholds_are_of_what_is_corrected():
    random = np.random.default_rng(0)
    honest = 1.5 * random.normal(size=(6000, 3)) - 1
    truth = (random.random(honest.shape) < expit(honest)).astype(np.float32)
    found = TASK.calibrated(3 * honest, truth, Calibration())
    assert found.temperature == pytest.approx(3, rel=0.05)
    assert log_losses(found.applied(3 * honest), truth).mean() == pytest.approx(
        log_losses(honest, truth).mean(), abs=1e-3
    )
    own = TASK.calibrated(honest, truth, Calibration())
    assert found.facts["thresholds"] == pytest.approx(own.facts["thresholds"], abs=0.03)


def test_a_report_is_of_the_answers_with_their_thresholds():
    truth, logits = answers(3, 400)
    found = TASK.calibrated(logits, truth, Calibration())
    report = TASK.report(truth, logits, found, NAMES)
    predicted = TASK.answer(TASK.probabilities(logits, found), found).predicted
    assert {name: report[name] for name in TASK.compared} == TASK.scores(truth, predicted)
    assert [row["threshold"] for row in report["per_class"].values()] == found.facts["thresholds"]
    assert "confusion_matrix" not in report


def test_what_an_epoch_logs_is_known_beforehand():
    assert TASK.compared[0] in TASK.directions
    assert set(TASK.train_metrics(3)) <= set(TASK.directions)
    monitored = {"calibrated_log_loss", "calibrated_log_loss_noise", "loss"}
    assert set(TASK.epoch_metrics(3)) | monitored == set(TASK.directions)
