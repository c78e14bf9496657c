import re

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, matthews_corrcoef
from torchmetrics.classification import MulticlassF1Score

from finetune.evaluation import comparison
from finetune.evaluation.comparison import (
    Interval,
    McNemar,
    bootstrap_intervals,
    macro_f1,
    mcnemar,
    outcome,
    paired_bootstrap,
    right_share,
    scores_of_counts,
    verdict,
)
from finetune.language.numbers import rows as rows_in_words
from finetune.language.which import speaking


def answers(rows, num_classes, first_right, second_right, seed=0):
    """Truth [N], and two that answer it right with these chances and else by chance."""
    random = np.random.default_rng(seed)
    truth = random.integers(num_classes, size=rows)
    guesses = [
        np.where(random.random(rows) < right, truth, random.integers(num_classes, size=rows))
        for right in (first_right, second_right)
    ]
    return truth, *guesses


def f1_of_rows(truth, guess):
    """Macro-F1 class by class, over those that occur or are predicted."""
    there = np.union1d(truth, guess)
    right = np.array([((truth == c) & (guess == c)).sum() for c in there])
    either = np.array([(truth == c).sum() + (guess == c).sum() for c in there])
    return (2 * right / either).mean()


def resampled_by_rows(truth, first, second, resamples, seed):
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        rows = random.integers(len(truth), size=len(truth))
        differences.append(f1_of_rows(truth[rows], first[rows]) - f1_of_rows(truth[rows], second[rows]))
    return np.array(differences)


@pytest.mark.parametrize("seed", range(10))
def test_macro_f1_of_counts_is_that_of_torchmetrics(seed):
    random = np.random.default_rng(seed)
    num_classes = int(random.integers(2, 9))
    there = random.choice(num_classes, random.integers(1, num_classes + 1), replace=False)
    truth, guess = random.choice(there, (2, int(random.integers(1, 40))))
    metric = MulticlassF1Score(num_classes, average="macro")
    found = macro_f1(np.ones((1, len(truth)), dtype=np.int64), truth, guess, num_classes)
    assert found == pytest.approx(metric(torch.from_numpy(guess), torch.from_numpy(truth)).item(), abs=1e-6)


@pytest.mark.parametrize(("rows", "num_classes"), [(60, 2), (80, 6)])
def test_drawn_counts_are_drawn_rows(rows, num_classes):
    """With 6 classes in 80 rows some draws miss a class: it is left out in both ways."""
    truth, first, second = answers(rows, num_classes, 0.7, 0.5)
    direct = resampled_by_rows(truth, first, second, 3000, seed=1)
    found = paired_bootstrap(truth, first, second, num_classes, resamples=20_000, seed=0)
    expected = [
        f1_score(truth, guess, average="macro", labels=range(num_classes)) for guess in (first, second)
    ]
    assert found.difference == pytest.approx(expected[0] - expected[1])
    # a 2.5 % quantile of 3,000 draws is uncertain by about sqrt(p (1 - p) / n) / density: 0.05 deviations
    for mine, theirs in zip((found.low, found.high), np.quantile(direct, [0.025, 0.975]), strict=True):
        assert mine == pytest.approx(theirs, abs=0.2 * direct.std())


def test_the_mean_of_the_draws_is_that_of_drawn_rows(monkeypatch):
    truth, first, second = answers(40, 5, 0.6, 0.6)
    kept = []
    quantile = np.quantile
    monkeypatch.setattr(
        comparison.np, "quantile", lambda values, q: kept.append(values) or quantile(values, q)
    )
    paired_bootstrap(truth, first, second, 5, resamples=20_000, seed=0)
    direct = resampled_by_rows(truth, first, second, 3000, seed=1)
    assert len(kept[0]) == 20_000
    assert kept[0].mean() == pytest.approx(direct.mean(), abs=4 * direct.std() / np.sqrt(3000))
    assert kept[0].std() == pytest.approx(direct.std(), rel=0.06)


def test_the_seed_decides_and_the_memory_does_not(monkeypatch):
    given = (*answers(300, 4, 0.7, 0.6), 4)
    found = paired_bootstrap(*given, seed=5)
    assert paired_bootstrap(*given, seed=5) == found
    assert paired_bootstrap(*given, seed=6) != found
    monkeypatch.setattr(comparison, "CHUNK_BYTES", 1)
    assert paired_bootstrap(*given, seed=5) == found


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Two equally good models: about 95 % of the intervals hold 0; below 88 of 100 chance has one in 500."""
    covered = 0
    for seed in range(100):
        interval = paired_bootstrap(*answers(200, 3, 0.6, 0.6, seed), 3, resamples=400, seed=seed)
        covered += interval.low <= 0 <= interval.high
    assert covered >= 88


def test_the_interval_turns_with_its_sides_and_sees_a_clear_difference():
    truth, first, second = answers(400, 3, 0.9, 0.5)
    there = paired_bootstrap(truth, first, second, 3, seed=0)
    back = paired_bootstrap(truth, second, first, 3, seed=0)
    assert 0 < there.low < there.difference < there.high
    assert back.difference == pytest.approx(-there.difference)
    assert back.high < 0


def test_one_row_and_classes_that_are_absent():
    one = np.array([0])
    assert paired_bootstrap(one, one, one, 9, seed=0) == Interval(0, 0, 0)
    assert paired_bootstrap(one, one, one + 1, 9, seed=0) == Interval(1, 1, 1)
    assert paired_bootstrap(one, one + 1, one + 2, 9, seed=0) == Interval(0, 0, 0)
    assert mcnemar(one, one, one + 1) == McNemar(1, 0, 1)


def discordant(only_first, only_second):
    truth = np.zeros(only_first + only_second + 2, dtype=np.int64)
    first, second = truth.copy(), truth.copy()
    first[:only_second] = 1
    second[only_second : only_first + only_second] = 2
    first[-1] = second[-1] = 1
    return truth, first, second


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [
        (
            1,
            7,
            0.0703,
        ),  # Bentur et al. 2009 in Fagerland et al., BMC Medical Research Methodology 13:91, 2013
        (6, 16, 0.0525),  # Cavo et al. 2012, as a table in the R package contingencytables
        (6, 7, 1.0),  # the tests of the R package inferr (172, 7, 6, 15)
    ],
)
def test_mcnemar_is_that_of_the_literature(only_first, only_second, p_value):
    found = mcnemar(*discordant(only_first, only_second))
    assert (found.only_first_right, found.only_second_right) == (only_first, only_second)
    assert found.p_value == pytest.approx(p_value, abs=5e-5)
    assert mcnemar(*discordant(only_second, only_first)).p_value == found.p_value


def test_mcnemar_of_equal_answers_sees_nothing():
    truth, first, _ = answers(50, 3, 0.5, 0.5)
    assert mcnemar(truth, first, first) == McNemar(0, 0, 1)


CASES = {
    "better": (Interval(0.0312, 0.0104, 0.0521), McNemar(40, 12, 0.0001)),
    "undecided": (Interval(0.0123, -0.0101, 0.0345), McNemar(31, 28, 0.795)),
    "worse": (Interval(-0.0312, -0.0521, -0.0104), McNemar(1, 40, 0.02)),
    "tie": (Interval(0.0, 0.0, 0.0), McNemar(0, 0, 1.0)),
}
SAID = {
    ("better", "en"): "beats",
    ("better", "pt"): "supera",
    ("undecided", "en"): "It is not proved that the fine-tuned model is better",
    ("undecided", "pt"): "Não está provado que o modelo ajustado é melhor",
    ("worse", "en"): "does NOT beat",
    ("worse", "pt"): "NÃO supera",
    (
        "tie",
        "en",
    ): "is as good as the simple model tfidf, and not better: on 21,000 rows both score exactly the same",
    ("tie", "pt"): "exatamente a mesma nota",
}


@pytest.mark.parametrize(
    ("right", "rows", "said"),
    [
        (
            39,
            40,
            "39 of 40 rows (97.5%). With 40 rows, its true share lies between 87.1% and 99.6% (95% interval).",
        ),
        (
            1_900,
            2_000,
            "1,900 of 2,000 rows (95%). With 2,000 rows, its true share lies between 94% and 95.9%",
        ),
        (1, 1, "1 of 1 row (100%)"),
        (
            1_999,
            2_000,
            "1,999 of 2,000 rows (>99.9%). With 2,000 rows, its true share lies between 99.7% and >99.9%",
        ),
        (1, 9_999, "1 of 9,999 rows (<0.1%). With 9,999 rows, its true share lies between <0.1% and 0.1%"),
        (0, 3, "0 of 3 rows (0%). With 3 rows, its true share lies between 0% and 56.1%"),
    ],
)
def test_what_is_right_is_told_with_how_sure_it_is(right, rows, said):
    with speaking("en"):
        assert f"The model is right in {said}" in str(right_share(right, rows, rows_in_words(rows)))


@pytest.mark.parametrize(("case", "language"), SAID)
def test_the_verdict_says_which_case_it_is(case, language):
    with speaking(language):
        found = verdict(*CASES[case], 21_000, baseline="tfidf")
    assert SAID[case, language] in found
    assert "tfidf" in found
    assert ("21,000 rows" if language == "en" else "21.000 linhas") in found
    assert not re.search(r"[{}]", found)
    advice = "hub model" if language == "en" else "modelo do hub"
    assert (advice in found) == (case != "better")


def test_the_verdict_writes_numbers_as_the_language_does():
    with speaking("en"):
        english = verdict(*CASES["better"], 1300, baseline="mine.v2:fit")
    assert "+0.031 (95% interval +0.010 to +0.052)" in english
    assert "by chance is p < 0.001" in english
    assert "mine.v2:fit on 1,300 rows:" in english
    with speaking("pt"):
        portuguese = verdict(*CASES["better"], 1300, baseline="mine.v2:fit")
        assert "p = 0,795" in verdict(*CASES["undecided"], 300, baseline="tfidf")
    assert "+0,031 no macro-F1 (intervalo de 95%: +0,010 a +0,052)" in portuguese
    assert "por acaso é p < 0,001" in portuguese
    assert "mine.v2:fit em 1.300 linhas:" in portuguese


@pytest.mark.parametrize(
    ("language", "rows", "alone"), [("en", "1 row:", "1 row against"), ("pt", "1 linha:", "acertou 1 linha,")]
)
def test_one_row_is_told_as_one(language, rows, alone):
    with speaking(language):
        found = verdict(CASES["worse"][0], McNemar(1, 0, 1.0), 1, baseline="tfidf")
        assert rows in found
        assert alone in verdict(*CASES["worse"], 300, baseline="tfidf")


@pytest.mark.parametrize("rows", [1, 3, 9])
def test_few_rows_never_show_that_one_is_better(rows):
    truth = np.arange(rows) % 2
    interval = paired_bootstrap(truth, truth, 1 - truth, 2, seed=0)
    assert interval.low == interval.high == 1  # drawn anew, it is the same each time
    found = outcome(interval, mcnemar(truth, truth, 1 - truth), rows)
    assert found == "undecided"


def test_many_rows_do_also_where_every_draw_is_the_same():
    truth = np.arange(40) % 2
    interval = paired_bootstrap(truth, truth, 1 - truth, 2, seed=0)
    assert outcome(interval, mcnemar(truth, truth, 1 - truth), 40) == "better"
    assert outcome(Interval(-1, -1, -1), mcnemar(truth, 1 - truth, truth), 40) == "worse"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (4, 0, "undecided"),  # p 0.125
        (5, 0, "undecided"),  # p 0.0625
        (6, 0, "better"),  # p 0.031
        (8, 1, "better"),
        (7, 1, "undecided"),  # p 0.070
        (12, 4, "undecided"),  # p 0.077
        (14, 4, "better"),  # p 0.031
        (12, 5, "better"),  # the bootstrap is enough
        (4, 30, "undecided"),  # a better macro-F1 of far fewer right rows
    ],
)
def test_a_few_rows_that_one_alone_gets_right_have_to_be_more_than_chance(first, second, told):
    p_value = mcnemar(*discordant(first, second)).p_value
    assert outcome(Interval(0.03, 0.01, 0.05), McNemar(first, second, p_value), 200) == told
    other_way = {"better": "worse"}.get(told, told)
    assert outcome(Interval(-0.03, -0.05, -0.01), McNemar(second, first, p_value), 200) == other_way


def test_four_rows_of_forty_are_no_proof():
    truth = np.arange(40) % 2
    first, second = truth.copy(), truth.copy()
    second[:4] = 1 - second[:4]
    interval = paired_bootstrap(truth, first, second, 2, seed=0)
    assert interval.high > 0
    with speaking("en"):
        found = verdict(interval, mcnemar(truth, first, second), 40, baseline="tfidf")
    assert "It is not proved" in found
    assert "right alone: 4 rows against 0 rows, p = 0.125" in found


@pytest.mark.parametrize(("rows", "first"), [(9, 9), (5, 5), (1, 1), (9, 0)])
def test_of_too_few_rows_it_is_said_that_they_tell_nothing(rows, first):
    test = mcnemar(*discordant(first, rows - first))
    edge = 1 if first else -1
    with speaking("en"):
        found = verdict(Interval(edge, edge, edge), test, rows, baseline="tfidf")
    assert "these are too few" in found
    assert "chance" not in found
    assert "Below 10 rows" in found


def test_nothing_is_minus_zero():
    found = verdict(Interval(-0.0001, -0.01, 0.01), McNemar(1, 1, 1.0), 20, baseline="tfidf")
    assert "macro-F1 +0.000" in found


@pytest.mark.parametrize("seed", range(6))
def test_scores_of_counts_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    num_classes = int(random.integers(2, 7))
    truth, guess = random.integers(num_classes, size=(2, 40))
    truth = np.minimum(truth, num_classes - 1 - seed % 2)  # every second time the last class does not occur
    found = scores_of_counts(np.ones((1, 40), dtype=np.int64), truth, guess, num_classes)
    assert found["accuracy"] == pytest.approx((truth == guess).mean())
    assert found["mcc"] == pytest.approx(matthews_corrcoef(truth, guess))
    recall = [(guess[truth == c] == c).mean() for c in np.unique(truth)]
    assert found["balanced_accuracy"] == pytest.approx(np.mean(recall))
    assert found["f1_macro"] == pytest.approx(f1_of_rows(truth, guess))


def test_one_answer_for_all_has_no_correlation():
    truth = np.array([0, 1, 1])
    assert (
        scores_of_counts(np.ones((1, 3), dtype=np.int64), truth, np.zeros(3, dtype=np.int64), 2)["mcc"] == 0
    )


def test_intervals_are_those_of_drawn_rows_and_the_seed_decides():
    truth, guess, _ = answers(150, 4, 0.7, 0.5)
    found = bootstrap_intervals(truth, guess, 4, resamples=20_000, seed=0)
    random = np.random.default_rng(1)
    drawn = [random.integers(150, size=150) for _ in range(3000)]
    scores = {"f1_macro": f1_of_rows, "mcc": matthews_corrcoef}
    for name, score in scores.items():
        low, high = np.quantile([score(truth[rows], guess[rows]) for rows in drawn], [0.025, 0.975])
        assert found[name] == pytest.approx((low, high), abs=0.01)
    assert set(found) == {"f1_macro", "accuracy", "balanced_accuracy", "mcc"}
    assert bootstrap_intervals(truth, guess, 4, seed=3) == bootstrap_intervals(truth, guess, 4, seed=3)
    assert bootstrap_intervals(truth, guess, 4, seed=3) != bootstrap_intervals(truth, guess, 4, seed=4)


def test_no_right_answer_at_all_has_the_interval_of_the_accuracy():
    found = bootstrap_intervals(np.array([0, 0, 1]), np.array([1, 2, 2]), 3, seed=0)
    assert found["accuracy"] == pytest.approx((0, 0.5615), abs=1e-4)  # Wilson's
    assert "f1_macro" not in found


def test_answers_that_are_all_right_have_no_interval_but_that_of_the_accuracy():
    truth = np.arange(20) % 4
    found = bootstrap_intervals(truth, truth, 4, seed=0)
    assert list(found) == ["accuracy"]
    assert found["accuracy"] == pytest.approx((0.8389, 1), abs=1e-4)
