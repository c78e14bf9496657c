import numpy as np
import pytest
import torch

from finetune.tasks.calibration import Calibration, log_losses
from finetune.tasks.epoch_metrics import epoch_metrics, scalars
from finetune.tasks.multi_label import multi_label
from tests.finetune.tasks.several import answers

TASK = multi_label()


def epoch(truth, logits, order, *, batch=7):
    """The values of an epoch that meets the rows in some order."""
    metrics = epoch_metrics(TASK, truth.shape[1])["val_epoch"]
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        given, said = torch.from_numpy(truth[rows]), torch.from_numpy(logits[rows])
        metrics.update(said, given, torch.ones(len(rows)))
    return {name: value.item() for name, value in scalars(metrics.close()).items()}


def test_an_epoch_is_measured_as_a_report_is_at_a_half():
    truth, logits = answers(6, 200)
    found = epoch(truth, logits, np.arange(200))
    report = TASK.report(truth, logits.astype(float), Calibration(), list("abcdef"))
    same = set(found) - {"loss", "calibrated_log_loss", "calibrated_log_loss_noise"}
    assert {name: found[name] for name in same} == pytest.approx(
        {name: report[name] for name in same}, abs=1e-6
    )
    assert set(found) == set(TASK.directions)


def test_it_is_the_same_to_the_last_digit_in_whatever_order_the_rows_come():
    truth, logits = answers(5, 150)
    first = epoch(truth, logits, np.arange(150))
    assert first == epoch(truth, logits, np.random.default_rng(1).permutation(150), batch=40)


def test_two_processes_measure_what_one_does():
    truth, logits = answers(4, 90)
    whole, first, second = (epoch_metrics(TASK, 4)["val_epoch"].metrics for _ in range(3))
    for rows, metrics in ((slice(0, 90), whole), (slice(0, 50), first), (slice(50, 90), second)):
        metrics.update(torch.from_numpy(logits[rows]), torch.from_numpy(truth[rows]))
    for name, metric in first.items(copy_state=False):
        other = dict(second.items(copy_state=False))[name]
        for state, reduction in metric._reductions.items():
            mine, theirs = getattr(metric, state), getattr(other, state)
            joined = mine + theirs if isinstance(mine, list) else reduction(torch.stack([mine, theirs]))
            setattr(metric, state, joined)
    for name, metric in first.items():
        value, expected = metric.compute(), dict(whole.items())[name].compute()
        assert value == expected, name


def test_what_the_training_is_watched_by_does_not_mind_how_sure_a_network_is():
    truth, logits = answers(4, 3000)
    plain, sharp = (epoch(truth, logits * by, np.arange(3000), batch=500) for by in (2, 4))
    assert sharp["log_loss"] > plain["log_loss"] * 1.3
    assert sharp["calibrated_log_loss"] == pytest.approx(plain["calibrated_log_loss"], abs=1e-4)
    assert plain["calibrated_log_loss"] <= log_losses(2 * logits.astype(float), truth).mean()
    assert 0 < plain["calibrated_log_loss_noise"] < 0.1


def test_a_training_epoch_counts_what_it_answers():
    metrics = epoch_metrics(TASK, 2)["train_epoch"]
    given = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    metrics.update(torch.tensor([[2.0, -1.0], [1.0, -2.0]]), given, torch.ones(2))
    found = {name: value.item() for name, value in metrics.close().items()}
    assert found == pytest.approx({"accuracy": 0.5, "f1_macro": 0.5, "f1_micro": 0.8})
