import pytest

from finetune.evaluation import label_errors as module
from finetune.evaluation.label_errors import label_errors


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


def test_of_a_large_table_a_sample_is_looked_at_and_that_is_said(told, look, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 400)
    told.loc[::11, "rotulo"] = "Clima"
    (finding,) = label_errors(look(told))
    assert "rows (of 400) with a label" in str(finding.what)


def test_classes_too_small_for_folds_are_left_alone_and_tiny_tables_too(told, look):
    told.loc[[3, 4], "rotulo"] = "Raro"
    for finding in label_errors(look(told)):
        assert not {3, 4} & set(finding.rows)
    assert list(label_errors(look(told[:40]))) == []
