from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from finetune.evaluation import label_errors as module
from finetune.evaluation.label_errors import ODDS, how_sure, label_errors, suspicious
from finetune.evaluation.words import words_left_out

DEMO = str(files("finetune.data.demo") / "agro.csv")


@pytest.fixture
def told(frame):
    """The clean table with texts that tell their class."""
    words = {"Clima": "chuva seca geada", "Lavouras": "soja milho trigo", "Pecuária": "boi vaca leite"}
    frame["texto"] = [f"{text} {words[label]}" for text, label in zip(frame.texto, frame.rotulo, strict=True)]
    return frame


def test_planted_errors_are_the_most_suspicious(told, look):
    planted = [100, 205, 310]
    for row in planted:
        told.loc[row, "rotulo"] = "Clima" if told.rotulo[row] != "Clima" else "Pecuária"
    (finding,) = label_errors(look(told))
    assert set(list(finding.rows)[:3]) == set(planted)
    assert finding.grid.rows[0][1] != finding.grid.rows[0][2]
    assert finding.severity == "warning"
    sure = [row[3] for row in finding.grid.rows]
    assert sure == sorted(sure, key=list(ODDS).index)
    assert f"almost sure {sure.count('almost_sure')}" in str(finding.what)


@pytest.fixture(scope="module")
def planted():
    """1,000 rows of the demo table with 50 labels made wrong, and which these are."""
    table = pd.read_csv(DEMO, dtype=str).sample(1000, random_state=0).reset_index(drop=True)
    names, true = np.unique(table.rotulo, return_inverse=True)
    random = np.random.default_rng(0)
    wrong = np.sort(random.choice(1000, 50, replace=False))
    given = true.copy()
    given[wrong] = (true[wrong] + random.integers(1, len(names), 50)) % len(names)
    return table.texto.tolist(), given, wrong, len(names)


def test_of_labels_made_wrong_in_real_texts_most_are_found_and_few_others_are_called_likely(planted):
    texts, given, wrong, classes = planted
    suspects, odds = suspicious(given, words_left_out(texts, given, classes, 0))
    assert np.isin(suspects[:10], wrong).all()
    assert np.isin(wrong, suspects).mean() > 0.5
    likely = [row for row in suspects if how_sure(odds[row]) != "possible"]
    assert len(likely) >= 10
    assert np.isin(likely, wrong).mean() >= 0.9
    assert len(suspects) < 60  # to be read by a person: what is hardly suspicious is left out


@pytest.mark.parametrize(
    ("odds", "said"),
    [(1.0, "possible"), (9.9, "possible"), (10, "likely"), (30, "almost_sure"), (1e300, "almost_sure")],
)
def test_how_sure_is_told_by_the_odds(odds, said):
    assert how_sure(odds) == said


def test_a_label_without_any_probability_is_the_most_suspicious():
    given = np.array([0, 1, 0, 1])
    suspects, odds = suspicious(given, np.array([[0.9, 0.1], [0.6, 0.4], [0.0, 1.0], [0.2, 0.8]]))
    assert suspects.tolist() == [2, 1]
    assert np.isfinite(odds).all()


def test_of_a_large_table_a_sample_is_looked_at_and_that_is_said(told, look, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 400)
    told.loc[::11, "rotulo"] = "Clima"
    (finding,) = label_errors(look(told))
    assert "rows (of 400) with a label" in str(finding.what)
    assert "800 other rows were not looked at: at most 400 rows are" in str(finding.advice)


def test_classes_too_small_for_folds_are_left_alone_and_tiny_tables_too(told, look):
    told.loc[[3, 4], "rotulo"] = "Raro"
    for finding in label_errors(look(told)):
        assert not {3, 4} & set(finding.rows)
    assert list(label_errors(look(told[:40]))) == []


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        ({"Clima": ["sim", "Sim!"], "Pecuária": ["não"]}, 30),
        ({"Clima": ["sim", "talvez"], "Pecuária": ["não", "quero"]}, 22),
    ],
)
def test_rows_of_a_few_texts_again_and_again_say_nothing(frame, look, texts, rows):
    pairs = [(text, label) for label, of in texts.items() for text in of] * rows
    table = frame[: len(pairs)].assign(
        texto=[text for text, _ in pairs], rotulo=[label for _, label in pairs]
    )
    assert list(label_errors(look(table))) == []


@pytest.mark.parametrize("answers", [["muito obrigado pela ajuda"], ["obrigado", "valeu", "muito obrigado"]])
def test_a_class_of_a_few_texts_is_not_called_wrong_for_it(told, look, answers):
    told = told[:450].copy()
    told.loc[:89, "texto"] = (answers * 90)[:90]
    told.loc[:89, "rotulo"] = "Obrigado"
    told.loc[[100, 205, 310], "rotulo"] = [
        "Clima" if told.rotulo[row] != "Clima" else "Pecuária" for row in (100, 205, 310)
    ]
    (finding,) = label_errors(look(told))
    assert not set(range(90)) & set(finding.rows)
    assert "(of 360)" in str(finding.what)
    assert "90 other rows were not looked at" in str(finding.advice)
    assert {100, 205, 310} <= set(finding.rows)


def test_a_row_whose_class_was_hardly_learned_is_not_judged(told, look, monkeypatch):
    real = module.folds

    def of_one_class(divisible, **how):
        """Folds of which the first holds out all rows of a class."""
        cuts = real(divisible, **how)
        first = np.flatnonzero(np.array(divisible.labels) == "Clima")
        rows = np.arange(len(divisible.labels))
        return [(np.setdiff1d(rows, first), first), *((rows, np.setdiff1d(held, first)) for _, held in cuts)]

    monkeypatch.setattr(module, "folds", of_one_class)
    for finding in label_errors(look(told[:300])):
        assert "Clima" not in {row[1] for row in finding.grid.rows}


def test_after_drawing_small_classes_are_left_alone_again(told, look, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 200)
    for number in range(20):
        told.loc[6 * number : 6 * number + 5, "rotulo"] = f"Raro {number}"
    told.loc[500::11, "rotulo"] = "Clima"
    for finding in label_errors(look(told)):
        assert not [row for row in finding.grid.rows if row[1].startswith("Raro")]


@pytest.mark.parametrize(("many", "said"), [(300, 1), (2000, 0)])
def test_a_long_search_is_told_with_the_rows_that_are_looked_at(told, look, monkeypatch, many, said):
    monkeypatch.setattr(module, "MANY_ROWS", many)
    monkeypatch.setattr(module, "MOST_ROWS", 400)
    notes = []
    monkeypatch.setattr(module, "note", lambda text, **values: notes.append(values))
    list(label_errors(look(told)))
    assert notes == [{"n": 400}] * said
