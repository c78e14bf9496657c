"""Answers measured by the labels that the table to predict has."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from finetune.data.asked import Reading
from finetune.data.reading.sums import sums_of
from finetune.data.tables import read_source
from finetune.evaluation.against_labels import Against, labels_beside
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

NAMES = ["Clima", "Pecuária", "Preços"]
OWN = ["label", "confidence", "abstained"]
LOGITS = np.log(
    np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4], [0.9, 0.05, 0.05]])
)


def table_of(labels, name="rotulo", **read):
    frame = pd.DataFrame({"texto": [f"texto {row}" for row in range(len(labels))], name: labels})
    (table,) = read_source(frame, need_labels=False, **read).values()
    return table


def against(labels, *, task=None, names=NAMES, logits=LOGITS, reading=None, name="rotulo", trained_on=None):
    table = table_of(labels, name, label_column=name)
    found = Against(task or single_label(), names, Calibration(), reading or Reading(), (name,), trained_on)
    half = len(labels) // 2
    for some in (slice(None, half), slice(half, None)):  # as windows come
        found.take(table, table.row[some], logits[some])
    return found


def test_rows_with_a_label_are_measured_and_the_others_counted(capsys):
    found = against(["Clima", "", " Pecuária ", "Clima", None])
    truth, predicted = ["Clima", "Pecuária", "Clima"], ["Clima", "Pecuária", "Preços"]
    found.show()
    told = " ".join(capsys.readouterr().out.split())
    assert 'Compared with the labels in "rotulo":' in told
    f1 = f1_score(truth, predicted, average="macro", labels=NAMES, zero_division=0)
    assert f"accuracy {accuracy_score(truth, predicted):.4f}" in told
    assert f"macro-F1 {f1:.4f}" in told
    assert "(3 rows)" in told
    assert "Not compared: 2 rows without a label." in told
    assert "loss" not in told


def test_rows_that_were_trained_on_are_left_out_of_the_scores_and_counted(capsys):
    labels = ["Clima", "", "Pecuária", "Clima", "Preços"]
    sums = np.sort(sums_of(["Texto 0", "texto 1", "texto 4"]))
    against(labels, trained_on=sums).show()
    told = " ".join(capsys.readouterr().out.split())
    assert "accuracy 0.5000" in told  # of texto 2 and texto 3
    assert "(2 rows)" in told
    assert "Not compared: 2 of 4 labelled rows, on whose texts the model was trained" in told
    against(labels, trained_on=np.sort(sums_of([f"texto {n}" for n in range(5)]))).show()
    told = " ".join(capsys.readouterr().out.split())
    assert "(4 rows)" in told
    assert "trained on the texts of all 4 rows: the scores tell how well it knows them by heart" in told
    against(labels, trained_on=sums_of(["outro texto"])).show()
    assert "trained" not in capsys.readouterr().out


def test_labels_that_are_no_classes_are_named_and_not_counted(capsys):
    found = against(["Clima", "Soja", "Soja", "Preços", "Milho"])
    found.show()
    told = " ".join(capsys.readouterr().out.split())
    assert "accuracy 1.0000" in told
    assert (
        'Not compared: 3 rows whose label in "rotulo" is none of the model\'s classes, such as '
        '"Soja" (2 rows) and "Milho" (1 row).'
    ) in told


def test_where_no_label_is_a_class_nothing_is_measured(capsys):
    against(["x", "y", "", "x", "y"]).show()
    told = capsys.readouterr().out
    assert "macro-F1" not in told
    assert "none of the model's classes" in told


def test_joined_labels_are_read_as_for_training(capsys):
    logits = np.array([[3.0, 3.0, -3.0], [3.0, -3.0, -3.0], [-3.0, -3.0, 3.0]])
    found = against(["Pecuária; Clima", "Clima", "Preços"], task=multi_label(), logits=logits)
    found.show()
    assert "accuracy 1.0000" in " ".join(capsys.readouterr().out.split())


def test_an_empty_cell_says_none_only_where_that_was_asked_for():
    logits = np.array([[3.0, 3.0, -3.0], [-3.0, -3.0, -3.0]])
    labels = ["Clima; Pecuária", ""]
    assert against(labels, task=multi_label(), logits=logits).unlabelled == 1
    asked = Reading(empty_labels="none")
    found = against(labels, task=multi_label(), logits=logits, reading=asked)
    assert (found.unlabelled, np.concatenate(found.truth).tolist()) == (0, [[1, 1, 0], [0, 0, 0]])


def test_numbers_are_read_with_their_decimal_mark(capsys):
    values = np.array([[10.0], [20.5], [31.0]])
    found = against(["10,5", "20,5", "30,5"], task=number(), names=["preco"], logits=values)
    found.show()
    told = " ".join(capsys.readouterr().out.split())
    assert np.concatenate(found.truth).tolist() == [10.5, 20.5, 30.5]
    assert "MAE 0.333 " in told


def test_what_cannot_be_read_is_said_and_does_not_end_the_command(capsys):
    found = against(["10", "muito", "pouco"], task=number(), names=["preco"], logits=np.ones((3, 1)))
    found.show()
    assert 'The labels in "rotulo" cannot be compared: ' in capsys.readouterr().out


def test_an_order_is_measured_as_one(capsys):
    against(["1", "2", "2", "3", "1"], task=ordinal(), names=["1", "2", "3"]).show()
    assert "kappa" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"texto": ["a"], "rotulo": ["Clima"]}, ("rotulo",)),
        ({"texto": ["a"]}, ()),
        ({"texto": ["a"], "label": ["Clima"]}, ("label",)),
        ({"texto": ["a"], "label": ["Clima"], "confidence": [0.5], "abstained": [False]}, ()),
    ],
)
def test_an_answer_of_before_is_no_label(columns, found):
    (table,) = read_source(pd.DataFrame(columns), need_labels=False).values()
    assert labels_beside(table, Reading(), OWN) == found


def test_of_a_column_for_each_label_all_have_to_be_there():
    reading = Reading(label_columns=("Clima", "Preços"))
    frame = pd.DataFrame({"texto": ["a", "b"], "Clima": ["sim", ""], "Preços": ["sim", "não"]})
    (table,) = read_source(frame, need_labels=False).values()
    columns = labels_beside(table, reading, OWN)
    assert columns == ("Clima", "Preços")
    found = Against(multi_label(), NAMES, Calibration(), reading, columns)
    found.take(table, table.row, LOGITS[:2])
    assert np.concatenate(found.truth).tolist() == [[1, 0, 1], [0, 0, 0]]
    (without,) = read_source(frame.drop(columns="Preços"), need_labels=False).values()
    assert labels_beside(without, reading, OWN) == ()
