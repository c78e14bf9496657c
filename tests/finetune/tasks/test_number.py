import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import mean_absolute_error, median_absolute_error, r2_score, root_mean_squared_error

from finetune.errors import DataError
from finetune.tasks.calibration import Calibration
from finetune.tasks.losses import LOSSES
from finetune.tasks.number import number

TASK = number()
FACTS = {"mean": [500.0], "deviation": [20.0]}


def answered(rows=400, seed=0):
    """Numbers about 500, what a network says of them in deviations, and how that becomes an answer."""
    draw = np.random.default_rng(seed)
    truth = 500 + 20 * draw.normal(size=rows)
    logits = ((truth - 500) / 20 + 0.5 * draw.normal(size=rows))[:, None]
    return truth, logits, TASK.known(FACTS)


def expected(truth, predicted):
    return {
        "r2": r2_score(truth, predicted),
        "mae": mean_absolute_error(truth, predicted),
        "rmse": root_mean_squared_error(truth, predicted),
        "spearman": spearmanr(truth, predicted).statistic,
        "median_error": median_absolute_error(truth, predicted),
    }


@pytest.mark.parametrize("rows", [2, 51, 400])
def test_scores_are_those_of_scikit_learn_in_the_users_units(rows):
    truth, logits, how = answered(rows)
    found = TASK.report(truth, logits, how, ["preço"])
    assert {name: found[name] for name in expected(truth, truth)} == pytest.approx(
        expected(truth, 500 + 20 * logits[:, 0]), rel=1e-6
    )
    assert found["rows"] == rows
    assert "interval" not in found


def test_an_epoch_measures_as_the_report_does_in_any_order():
    truth, logits, how = answered()
    scored = TASK.scored(torch.from_numpy(logits).float(), how)
    found = []
    for rows in (np.arange(400), np.random.default_rng(1).permutation(400)):
        metrics = TASK.epoch_metrics(1)
        for batch in np.array_split(rows, 7):
            metrics.update(scored[batch], torch.from_numpy(truth[batch]).float())
        found.append({name: value.item() for name, value in TASK.derived(metrics.compute()).items()})
        metrics.reset()
    assert found[0] == found[1]
    assert set(found[0]) | {"loss"} == set(TASK.directions)
    wanted = expected(truth, 500 + 20 * logits[:, 0])
    errors = np.abs(20 * logits[:, 0] + 500 - truth)
    wanted["mae_noise"] = 1.96 * errors.std(ddof=1) / 20
    assert found[0] == pytest.approx(wanted, rel=1e-4)
    train = TASK.train_metrics(1)
    train.update(scored, torch.from_numpy(truth).float())
    assert {name: value.item() for name, value in train.compute().items()} == pytest.approx(
        {name: wanted[name] for name in ("r2", "mae")}, rel=1e-4
    )


def test_one_row_and_numbers_all_alike_have_the_scores_of_scikit_learn():
    for rows, off in ((1, 0.0), (3, 0.0), (3, 1.0)):
        truth = np.full(rows, 7.0)
        metrics = TASK.epoch_metrics(1)
        metrics.update(torch.full((rows, 1), 7 + off), torch.from_numpy(truth))
        values = metrics.compute()
        assert values["mae"] == off
        if rows > 1:
            assert values["r2"].item() == r2_score(truth, truth + off)
        else:
            assert values["r2"].isnan()
            assert values["mae_noise"] == float("inf")


def test_the_network_learns_deviations_from_the_mean():
    facts = TASK.facts(np.array([480.0, 520.0]))
    assert facts == {"mean": [500.0], "deviation": [20.0]}
    for name in TASK.losses:
        loss = TASK.with_facts(LOSSES[name], facts)
        labels = torch.tensor([500.0, 520.0, 540.0])
        losses = loss(torch.tensor([[0.0], [0.0], [0.0]]), labels)
        assert losses.shape == (3,)
        assert losses[0] == 0
        assert losses.tolist() == LOSSES[name](torch.zeros(3, 1), torch.tensor([0.0, 1.0, 2.0])).tolist()
        assert losses[0] < losses[1] < losses[2]


def test_numbers_that_are_all_the_same_are_refused():
    with pytest.raises(DataError, match="all 3 training rows have the same number"):
        TASK.facts(np.full(3, 7.5))


def test_an_exported_network_answers_as_one_that_is_still_to_be_scaled():
    truth, logits, how = answered(200)
    found = TASK.calibrated(logits, truth, how)
    in_weights = found.in_the_weights
    in_units = 500 + 20 * logits
    ours, theirs = [
        TASK.answer(TASK.probabilities(given, known), known)
        for given, known in ((logits, found), (in_units, in_weights))
    ]
    assert ours.predicted == pytest.approx(theirs.predicted)
    assert ours.low == pytest.approx(theirs.low)
    assert in_weights.as_trained(in_units) == pytest.approx(logits)


def test_intervals_hold_as_many_of_the_numbers_as_wanted():
    draw = np.random.default_rng(0)
    measured = []
    for _ in range(30):
        x = draw.uniform(size=2 * 300)
        truth = 100 * x + (5 + 50 * x) * draw.normal(size=600)  # large numbers are off by more
        found = TASK.calibrated(100 * x[:300, None], truth[:300], Calibration())
        report = TASK.report(truth[300:], 100 * x[300:, None], found, ["v"])
        measured.append(report["interval"]["measured"])
    assert report["interval"]["wanted"] == 0.9
    assert np.mean(measured) == pytest.approx(0.9, abs=0.02)
    halves = found.facts["half_widths"]
    assert len(halves) == 6
    assert halves[-1] > 2 * halves[0]


def test_few_rows_have_one_width_and_fewer_none():
    truth, logits, how = answered(60)
    assert len(TASK.calibrated(logits, truth, how).facts["half_widths"]) == 1
    found = TASK.calibrated(logits[:9], truth[:9], how)
    errors = np.abs(500 + 20 * logits[:9, 0] - truth[:9])
    assert found.facts["half_widths"] == [pytest.approx(errors.max())]
    assert "half_widths" not in TASK.calibrated(logits[:8], truth[:8], how).facts
    alike = TASK.calibrated(np.zeros((200, 1)), truth[:1].repeat(200), how)
    assert alike.facts["half_widths"] == [pytest.approx(abs(truth[0] - 500))]


def test_what_is_wider_than_asked_for_is_left_open():
    facts = {"edges": [10.0], "half_widths": [1.0, 5.0], "coverage": [0.9], "widest": [4.0]}
    answer = TASK.answer(np.array([[3.0], [20.0]]), Calibration(facts=facts))
    assert answer.abstained.tolist() == [False, True]
    assert (answer.low.tolist(), answer.high.tolist()) == ([2, 15], [4, 25])
    shown = TASK.columns(answer, np.array([[3.0], [20.0]]), ["v"])
    assert list(shown) == ["value", "low", "high", "abstained"]
    bare = TASK.columns(TASK.answer(np.array([[3.0]]), Calibration()), np.array([[3.0]]), ["v"])
    assert np.isnan(bare["low"]).all()
    assert bare["value"].tolist() == [3.0]


def test_intervals_of_scores_hold_them_and_the_difference_is_that_of_both():
    truth, logits, _ = answered()
    first, second = 500 + 20 * logits[:, 0], np.full(400, 500.0)
    scores, found = TASK.scores(truth, first), TASK.intervals(truth, first, 1, seed=0)
    assert set(found) == {"r2", "mae", "rmse"}
    assert all(low < scores[name] < high for name, (low, high) in found.items())
    against = TASK.difference(truth, first, second, 1, seed=0)
    assert against.difference == pytest.approx(scores["r2"] - TASK.scores(truth, second)["r2"])
    assert 0 < against.low < against.difference < against.high
    same = TASK.difference(truth, first, first, 1, seed=0)
    assert (same.low, same.difference, same.high) == (0, 0, 0)


@pytest.mark.parametrize("truth", [np.array([3.0]), np.full(30, 3.0)])
@pytest.mark.filterwarnings("error")
def test_numbers_that_do_not_differ_have_no_r2_to_be_sure_of(truth):
    first, second = truth + np.linspace(1, 2, len(truth)), truth
    assert set(TASK.intervals(truth, first, 1, seed=0)) == ({"mae", "rmse"} if len(truth) > 1 else set())
    against = TASK.difference(truth, first, second, 1, seed=0)
    assert np.isnan([against.low, against.difference, against.high]).all()


def test_what_is_written_is_read_again():
    values = np.array([0.1 + 0.2, -1234567.25, 1e-12])
    assert [float(text) for text in TASK.written(values.astype(np.float32), ["v"])] == pytest.approx(
        values, rel=1e-7
    )


def test_what_stands_beside_a_row_has_no_digits_that_mean_nothing():
    facts = {"edges": [], "half_widths": [50.0], "coverage": [0.9]}
    values = np.array([[82.3418579], [1234567.25], [1e9 + 123.456], [0.0]])
    for known, shown in ((facts, [82.3419, 1234567.0, 1000000123.0]), ({}, [82.3419, 1.23457e6, 1e9])):
        answer = TASK.answer(values, Calibration(facts=known))
        beside = TASK.columns(answer, values, ["v"])
        assert beside["value"].tolist() == [*shown, 0.0]
        assert np.isnan(beside["low"]).all() == (not known)
    assert TASK.written(values[:, 0], ["v"])[:2] == ["82.3418579", "1234567.25"]


def test_numbers_that_differ_little_for_their_size_are_refused():
    with pytest.raises(DataError, match="Subtract 100000"):
        TASK.facts(1e8 + np.arange(100.0))
    assert TASK.facts(1e4 + np.arange(100.0))["mean"] == [10049.5]
