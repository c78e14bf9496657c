import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from finetune.data.labels.outputs import label_names, targets_of
from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.language.which import speaking


def table_of(labels):
    frame = pd.DataFrame({"texto": [f"t{i}" for i in range(len(labels))], "rotulo": labels})
    return read_source(frame)["all"]


def test_whole_numbers_are_in_their_order_and_words_by_spelling():
    assert label_names(table_of([10, 9, -1, 10])) == ["-1", "9", "10"]
    assert label_names(table_of(["soja", "Milho", "arroz"])) == ["Milho", "arroz", "soja"]
    assert label_names(table_of(["--5", "1"])) == ["--5", "1"]


def test_the_order_is_the_same_in_every_process():
    code = (
        "import sys; sys.path.insert(0, '.'); from tests.finetune.data.labels.test_outputs import *; "
        "print(label_names(table_of(['1', '01', '001', '2'])))"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (11, 12, 13, 14)
    }
    assert len(orders) == 1


def test_numbers_follow_the_names_given():
    table = table_of(["b", "a", "b"])
    assert targets_of(table, np.array([0, 1, 2]), ["b", "a"], part="train").tolist() == [0, 1, 0]


def test_a_model_of_before_knows_its_classes_by_names_with_invisible_signs():
    table = table_of(["Boi", "Boi\u200b", "Soja"])
    assert targets_of(table, np.arange(3), ["Boi\u200b", "Soja"], part="test").tolist() == [0, 0, 1]
    assert targets_of(table, np.arange(3), ["Boi\u200b", "Boi", "Soja"], part="test").tolist() == [1, 1, 2]


def test_one_class_is_none():
    with pytest.raises(DataError, match=r'has 1 class \("a"\)'):
        label_names(table_of(["a", "a"]))


def test_one_label_that_is_there_or_not_is_a_yes_or_no():
    frame = pd.DataFrame({"texto": ["a", "b", "c"], "soja": ["1", "0", "1"], "rotulo": ["soja", "", "soja"]})
    for asked, told in (
        (
            {"label_columns": ["soja"]},
            "classes, give in place of --data.label_columns:\n  --data.label_column soja --task single_label",
        ),
        (
            {"label_column": "rotulo", "task": "multi_label"},
            'classes, write a word in its 1 empty cell, such as "no", and give in place of --task multi_label:\n'
            "  --data.label_column rotulo --task single_label",
        ),
    ):
        with pytest.raises(DataError, match=r'has one label alone \("soja"\)') as caught:
            label_names(read_source(frame, **asked)["all"])
        assert str(caught.value).endswith(told)
    assert label_names(read_source(frame, label_column="soja", task="single_label")["all"]) == ["0", "1"]


def test_labels_that_the_model_does_not_know_are_counted():
    table = table_of(["a", "neve", "neve", "z"])
    with pytest.raises(DataError) as caught:
        targets_of(table, np.arange(4), ["a", "b"], part="test")
    assert str(caught.value).startswith(
        "DataFrame: the test data has labels that are none of the model's classes: "
        '"neve" (2 rows) and "z" (1 row). The classes, those of its training data, are "a" and "b".'
    )
    with speaking("pt"):
        assert '"neve" (2 linhas) e "z" (1 linha)' in str(caught.value)
        assert "os dados de teste" in str(caught.value)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Gаdo", '"Gаdo" (1 row; it only looks like the class "Gado": U+0430 CYRILLIC SMALL LETTER A in'),
        ("GADO", '"GADO" (1 row; the class is written "Gado")'),
        ("racao", '"racao" (1 row; the class is written "Ração")'),
        ("Gado leiteiro", '"Gado leiteiro" (1 row)'),
    ],
)
def test_a_label_that_is_almost_a_class_is_told_with_what_differs(label, said):
    with pytest.raises(DataError) as caught:
        targets_of(table_of([label, "Gado"]), np.arange(2), ["Gado", "Ração"], part="test")
    assert said in str(caught.value)


def test_accents_stored_apart_in_one_of_two_files_are_the_same_class():
    apart, whole = "Rac\u0327a\u0303o", "Ração"
    for trained, tested in ((apart, whole), (whole, apart), (f"{whole}\u200b", f"\u00a0{apart}")):
        names = label_names(table_of([trained, "Gado"]))
        assert targets_of(table_of([tested, "Gado"]), np.arange(2), names, part="test").tolist() == [1, 0]
        assert targets_of(table_of([tested]), np.arange(1), [trained], part="validation").tolist() == [0]
