"""Classes of an order that are numbers: the same class however it is written, in one table and in others."""

import numpy as np
import pandas as pd
import pytest

from finetune.data.labels.outputs import label_names, targets_of
from finetune.data.tables import read_source
from finetune.errors import DataError


def table(*labels, **options):
    frame = pd.DataFrame({"texto": [f"texto {n}" for n in range(len(labels))], "nota": labels})
    (found,) = read_source(
        frame, text_column="texto", label_column="nota", task="ordinal", **options
    ).values()
    return found


def test_of_two_ways_to_write_a_number_the_usual_one_is_the_class():
    found = table("1", "1", "1,0", "2", "2,5", "2.50")
    assert label_names(found) == ["1", "2", "2,5"]
    assert found.label == ["1", "1", "1", "2", "2,5", "2,5"]
    assert any(
        '2 cells with the number of a class written otherwise ("1,0", "2.50")' in str(note)
        for note in found.notes
    )


@pytest.mark.parametrize("labels", [("1", "baixo", "1,0"), ("baixo", "alto", "Baixo")])
def test_where_a_class_is_a_word_nothing_is_made_one(labels):
    assert table(*labels).label == list(labels)


def test_another_table_may_write_them_otherwise():
    names = ["4", "4,5", "5"]
    for labels, expected in ((["4.5", "5", "4,0"], [1, 2, 0]), (["5.00", "4,5"], [2, 1])):
        for options in ({}, {"classes": tuple(names)}):
            targets = targets_of(table(*labels, **options), np.arange(len(labels)), names, part="test")
            assert targets.tolist() == expected
    with pytest.raises(DataError, match=r'none of the model.s classes: "6"'):
        targets_of(table("4.5", "6"), np.arange(2), names, part="test")


def test_the_order_that_was_given_writes_them():
    found = table("1,0", "1,0", "2", "3", order := "3", label_order=("1", "2", "3"))
    assert label_names(found) == ["1", "2", order]


def test_a_model_that_knows_both_as_classes_keeps_them_apart():
    names = ["1", "1,0", "2"]
    targets = targets_of(table("1,0", "2", "1", classes=tuple(names)), np.arange(3), names, part="test")
    assert targets.tolist() == [1, 2, 0]
