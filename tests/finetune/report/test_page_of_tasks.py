"""The page of runs whose rows have several labels, a class in an order, or a number; and of a task of the user's own."""

import html
import re
import sys

import numpy as np
import pytest

from finetune.language.which import speaking
from finetune.report import page
from finetune.report.attribution import Explained, explained_output, most_confident_errors
from finetune.report.facts import gather
from finetune.report.sections import confidence, data, mistakes, number, opening
from finetune.report.sections.several import exchanged

NONE = Explained(why="not_asked")
PARTS = {
    "multi_label": ["classes", "confusion", "amounts", "calibration", "abstention"],
    "ordinal": ["order", "confusion", "classes", "calibration", "abstention"],
    "number": ["numbers", "sizes", "calibration", "abstention"],
}


@pytest.fixture(scope="module")
def pages(runs_of):
    """The page of each task, made once: figures take their time."""
    made = {}

    def page_of(task, language="en"):
        if (task, language) not in made:
            with speaking(language):
                made[task, language] = page.report_page(gather(runs_of(task)), NONE, version="0.1.0")
        return made[task, language]

    return page_of


@pytest.fixture
def facts_of(runs_of):
    """What runs say of themselves; of each its own, to be changed."""
    return lambda task: gather(runs_of(task))


def text_of(page):
    told = re.sub(r"<(svg|style).*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", told).split()))


@pytest.mark.parametrize(
    ("task", "language"), [("multi_label", "en"), ("ordinal", "en"), ("number", "en"), ("number", "pt")]
)
def test_a_page_has_the_parts_of_its_task_and_figures_with_words_for_them(pages, task, language):
    made = pages(task, language)
    around = ["asked", "data", "training", "scores"], ["mistakes", "machine", "repeat"]
    assert re.findall(r'<section id="([^"]*)"', made) == [*around[0], *PARTS[task], *around[1]]
    ids = re.findall(r'\sid="([^"]*)"', made)
    assert len(ids) == len(set(ids))
    said = re.findall(r'<svg role="img" aria-label="([^"]*)"', made)
    assert len(said) == made.count("<svg") >= 9
    assert all(said)
    assert "/home/ana" not in made


def test_of_several_labels_the_rows_that_are_all_right_are_told_first(pages):
    text = text_of(pages("multi_label"))
    assert re.search(
        r"The model gets all labels right in \d+ of 160 test rows \(\d\d\.\d%\)\. With 160", text
    )
    assert "Its macro-F1, in which all labels count alike, is 0." in text
    assert "It beats the best simple model, which counts words" in text
    assert "all labels of the row right" in text
    assert "label precision recall F1 threshold average precision rows Clima" in text
    assert "A row has 1." in text


def test_of_several_labels_what_is_missing_and_what_is_too_much_is_marked(facts_of):
    facts = facts_of("multi_label")
    for error in most_confident_errors(facts.answers, "test").head(12).to_dict("records"):
        true, given = ({*error[name].split("|")} - {""} for name in ("label", "predicted"))
        told = dict(mistakes.of_labels(error, facts.task))
        assert told.get("missing", "") == ", ".join(sorted(true - given))
        assert told.get("too much", "") == ", ".join(sorted(given - true))
        assert true != given
    assert (
        explained_output(facts.answers, "Clima|Preços", "Clima|Pragas & doenças", outputs=facts.labels)
        == "Pragas & doenças"
    )
    assert explained_output(facts.answers, "Clima|Preços", "Clima", outputs=facts.labels) == "Preços"


def test_rows_without_a_label_are_called_so_where_rows_are_counted(facts_of):
    facts = facts_of("multi_label")
    counted = {
        "code": "class_counts",
        "severity": "note",
        "count": 1,
        "what": {"en": "label", "pt": "rótulo"},
    }
    counted["examples"] = [{"label": "Clima", "train": 3}, {"label": "", "train": 2}]
    facts.data_report["findings"] = [counted]
    assert "['no label', '2']" in str(data.section(facts))


def test_labels_that_are_missed_and_added_are_counted_together():
    truth = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]])
    answered = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert exchanged(truth, answered).tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]


def test_the_confidence_of_labels_that_were_corrected_one_by_one_is_not_called_left_as_it_is(facts_of):
    facts = facts_of("multi_label")
    facts.metrics["calibration"]["temperature"] = 1.0
    told = str(confidence.calibration_section(facts).blocks[0])
    assert "The confidence of each label was corrected by itself, on 120 validation rows" in told


def test_of_an_order_the_steps_are_told(pages):
    text = text_of(pages("ordinal"))
    assert re.search(r"The model is right in \d+ of 160 test rows", text)
    assert re.search(
        r"The model errs by 0\.\d\d steps of the order on average; 9\d\.\d% of the answers", text
    )
    assert "péssimo < ruim < regular < bom < ótimo" in text
    assert "Its kappa, in which far errors count more than near ones, is 0." in text
    assert "An error of two steps counts four times as much" in text
    assert "at most one step off" in text


def test_of_a_number_it_is_told_by_how_much_it_errs_and_nothing_of_classes(pages):
    text = text_of(pages("number"))
    assert re.search(
        r"The model errs by \d\d\.\d on average \(MAE\); half of the answers are off by less", text
    )
    assert "Its R², the share of the differences between the rows that it explains, is 0." in text
    assert "It beats the best simple model, which counts words (TF-IDF + linear regression)." in text
    assert "simple model TF-IDF + linear regression on 160 rows: R² +0.171" in text
    assert not re.search(r"macro-F1|McNemar|accuracy|\bclass(es)?\b", text)
    assert "points less than was wanted" in text
    assert "half below" in text  # of the data: how large numbers are


def test_the_largest_errors_of_numbers_stand_first(facts_of):
    facts = facts_of("number")
    errors = most_confident_errors(facts.answers, "test")
    off = (errors["predicted"].astype(float) - errors["label"].astype(float)).abs()
    assert off.is_monotonic_decreasing
    part = facts.answers.part("test")
    assert off.iloc[0] == abs(part.predicted - part.truth).max()
    assert explained_output(facts.answers, "1.0", "2.0", outputs=["preco"]) == "preco"


@pytest.mark.parametrize(
    ("rows", "measured", "said"),
    [
        (160, 0.91, "the intervals can be relied on"),
        (160, 0.8, "10.0 percentage points less than was wanted"),
        (160, 0.99, "wider than they need to be"),
        (40, 0.95, "On so few rows chance alone can make this difference"),
        (20, 0.8, "On so few rows chance alone can make this difference"),
        (160, None, "No intervals were found in this run"),
    ],
)
def test_what_intervals_are_worth_is_told_by_how_many_hold_the_truth(facts_of, rows, measured, said):
    facts = facts_of("number")
    facts.metrics["test"]["rows"] = rows
    facts.metrics["test"]["interval"] |= {"wanted": 0.9, "measured": measured}
    assert said in str(number.interval_section(facts))


def test_bands_of_size_hold_every_row_once_also_where_numbers_are_the_same():
    for truth in (np.arange(100.0), np.repeat([1.0, 5.0, 9.0], 40), np.zeros(7)):
        found = number.bands(truth)
        assert sum(inside.sum() for *_, inside in found) == len(truth)
        for low, high, inside in found:
            assert (low, high) == (truth[inside].min(), truth[inside].max())


@pytest.mark.parametrize("task", PARTS)
def test_without_answers_and_without_metrics_a_part_says_what_is_missing(runs_of, task):
    from dataclasses import replace

    facts = replace(gather(runs_of(task)), answers=None)
    own = page.SECTIONS[task][4:]
    assert [section.key for section in (make(facts) for make in own)] == PARTS[task]
    unfinished = replace(facts, metrics={"task": task}, model_config={})
    for make in own:
        assert "the run has no metrics.json" in str(make(unfinished))


def test_one_row_of_numbers_has_a_page_though_no_score_ranks_its_models(facts_of):
    facts = facts_of("number")
    metrics = facts.metrics
    metrics["test"] |= {"r2": None, "spearman": None, "intervals": {}, "rows": 1}
    for name in metrics["baselines"]:
        metrics["baselines"][name]["test"] |= {"r2": None, "intervals": {}}
        metrics["against_baselines"]["test"][name]["r2_difference"] = dict.fromkeys(
            ("difference", "low", "high")
        )
    text = text_of(page.report_page(facts, NONE, version="0.1.0"))
    assert "Whether it beats a simple model is not known" in text
    assert "nan" not in text.split()
    metrics["baselines"]["tfidf"]["test"]["r2"] = 0.5  # as of numbers that are all the same
    assert opening.best_baseline(facts, "test") is None


@pytest.mark.parametrize(
    ("low", "high", "said"), [(-0.1, 0.2, "It is not proved"), (-0.3, -0.1, "WORSE than")]
)
def test_numbers_are_compared_by_the_interval_alone(facts_of, low, high, said):
    facts = facts_of("number")
    for name in ("majority", "tfidf"):
        facts.metrics["against_baselines"]["test"][name]["r2_difference"] |= {"low": low, "high": high}
    verdict, tone = opening.headline(facts)
    assert said in verdict
    assert tone != "good"


def test_a_task_of_ones_own_has_the_page_of_its_problem_and_its_module_is_not_imported(
    facts_of, tmp_path, monkeypatch
):
    (tmp_path / "minha_tarefa.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    facts = facts_of("number")
    metrics = facts.metrics
    metrics |= {"task": "minha_tarefa:feita", "ranked_by": "my_score"}
    for part in ("validation", "test"):
        metrics[part]["my_score"] = 0.7654
        for name in ("majority", "tfidf"):
            metrics["baselines"][name][part]["my_score"] = 0.5 if name == "tfidf" else 0.1
            against = metrics["against_baselines"][part][name]
            against["my_score_difference"] = against.pop("r2_difference")
    made = page.report_page(facts, NONE, version="0.1.0")
    assert "minha_tarefa" not in sys.modules
    assert '<section id="numbers"' in made
    text = text_of(made)
    assert "Its my_score is 0.765." in text
    assert "my_score above TF-IDF + linear regression" in text
