import re

import numpy as np
import pytest

from finetune.evaluation.comparison import (
    McNemar,
    mcnemar,
    outcome,
    right_share,
    verdict,
)
from finetune.language.numbers import rows as rows_in_words
from finetune.language.which import speaking
from finetune.tasks.bootstrap import Interval, paired_bootstrap


def test_one_row_and_classes_that_are_absent():
    one = np.array([0])
    assert paired_bootstrap(one, one, one, 9, seed=0) == Interval(0, 0, 0)
    assert paired_bootstrap(one, one, one + 1, 9, seed=0) == Interval(1, 1, 1)
    assert paired_bootstrap(one, one + 1, one + 2, 9, seed=0) == Interval(0, 0, 0)
    assert mcnemar(one == one, one == one + 1) == McNemar(1, 0, 1)


def discordant(only_first, only_second):
    truth = np.zeros(only_first + only_second + 2, dtype=np.int64)
    first, second = truth.copy(), truth.copy()
    first[:only_second] = 1
    second[only_second : only_first + only_second] = 2
    first[-1] = second[-1] = 1
    return first == truth, second == truth


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
    right = np.arange(50) % 2 == 0
    assert mcnemar(right, right) == McNemar(0, 0, 1)


CASES = {
    "better": (Interval(0.0312, 0.0104, 0.0521), McNemar(40, 12, 0.0001)),
    "undecided": (Interval(0.0123, -0.0101, 0.0345), McNemar(31, 28, 0.795)),
    "worse": (Interval(-0.0312, -0.0521, -0.0104), McNemar(1, 40, 0.02)),
    "tie": (Interval(0.0, 0.0, 0.0), McNemar(0, 0, 1.0)),
}
SAID = {
    ("better", "en"): "beats",
    ("better", "pt"): "supera",
    ("undecided", "en"): "It is not proved that the trained model is better",
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


def test_a_difference_by_rows_is_not_called_chance_where_the_score_is_undecided():
    case = Interval(0.004, -0.034, 0.039), McNemar(223, 106, 1e-10)
    with speaking("en"):
        found = verdict(*case, 2102, baseline="tfidf")
    assert "By macro-F1 it is not proved" in found
    assert "it alone is right in 223 rows, the simple model alone in 106 rows (p < 0.001 by chance" in found
    assert "may be chance" not in found


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
    found = outcome(interval, mcnemar(truth == truth, truth == 1 - truth), rows)
    assert found == "undecided"


def test_many_rows_do_also_where_every_draw_is_the_same():
    truth = np.arange(40) % 2
    interval = paired_bootstrap(truth, truth, 1 - truth, 2, seed=0)
    assert outcome(interval, mcnemar(truth == truth, truth == 1 - truth), 40) == "better"
    assert outcome(Interval(-1, -1, -1), mcnemar(truth == 1 - truth, truth == truth), 40) == "worse"


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
        found = verdict(interval, mcnemar(first == truth, second == truth), 40, baseline="tfidf")
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


@pytest.mark.parametrize(
    ("interval", "rows", "found", "said"),
    [
        (
            (0.1, 0.05, 0.2),
            40,
            "better",
            "beats the simple model tfidf on 40 rows: R² +0.100 (95% interval +0.050",
        ),
        ((-0.1, -0.2, -0.05), 40, "worse", "does NOT beat the simple model tfidf on 40 rows: R² -0.100"),
        ((0.1, -0.05, 0.2), 40, "undecided", "It is not proved that"),
        ((0.1, 0.05, 0.2), 9, "undecided", "these are too few (R² +0.100). Below 10 rows"),
        ((0.0, 0.0, 0.0), 40, "tie", "their R² is exactly the same"),
    ],
)
def test_where_there_is_no_right_and_wrong_the_interval_decides(interval, rows, found, said):
    assert outcome(Interval(*interval), None, rows) == found
    with speaking("en"):
        told = verdict(Interval(*interval), None, rows, baseline="tfidf", score="r2")
    assert said in told
    assert "right" not in told
    assert "McNemar" not in told


def test_a_verdict_names_the_score_that_it_goes_by():
    with speaking("en"):
        told = verdict(*CASES["better"], 21_000, baseline="tfidf", score="kappa")
        several = str(right_share(3, 4, rows_in_words(4), several=True))
    assert "21,000 rows: kappa +0.031" in told
    assert "macro-F1" not in told
    assert several.startswith("The model gets all labels right in 3 of 4 rows (75%).")


@pytest.mark.parametrize("rows", [1, 40])
@pytest.mark.parametrize("test", [None, McNemar(9, 0, 0.004)])
def test_without_a_difference_nothing_is_decided(rows, test):
    assert outcome(Interval(*[float("nan")] * 3), test, rows) == "undecided"
