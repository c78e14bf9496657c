import pandas as pd
import pytest

from finetune.data.dividing.by_column import group_of
from finetune.data.dividing.parts import Division, all_parts, every_row, one_part
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError


def table_of(count, source="t"):
    frame = pd.DataFrame(
        {"texto": [f"{source}{i}" for i in range(count)], "rotulo": ["a", "b"] * (count // 2)}
    )
    return read_source(frame)["all"]


def parts_of(tables, own=None, *, validation=0.1, test=0.2):
    return all_parts(tables, own or {}, Division(validation_fraction=validation, test_fraction=test, seed=0))


def sizes(parts):
    return {part: len(index) for part, (_, index) in parts.items()}


def test_one_table_is_divided_by_its_fractions():
    assert sizes(parts_of({"all": table_of(100)})) == {"train": 70, "validation": 10, "test": 20}


def test_a_part_with_a_table_of_its_own_is_not_cut_from_the_training_rows():
    own = {"test": every_row(table_of(8))}
    assert sizes(parts_of({"all": table_of(100)}, own)) == {"train": 90, "validation": 10, "test": 8}


def test_a_divided_source_is_taken_as_it_is_and_an_own_table_wins():
    tables = {"train": table_of(50), "validation": table_of(6), "test": table_of(4)}
    assert sizes(parts_of(tables)) == {"train": 50, "validation": 6, "test": 4}
    assert sizes(parts_of(tables, {"test": every_row(table_of(10))}))["test"] == 10


def test_a_part_of_nothing_is_left_out():
    assert sizes(parts_of({"all": table_of(100)}, test=0.0)) == {"train": 90, "validation": 10}


def test_nothing_to_train_on_is_said():
    with pytest.raises(DataError, match="has only rows for test: there is nothing to train on"):
        parts_of({"test": table_of(4)})


def test_a_divided_source_for_one_part_gives_that_part_or_says_what_it_has():
    tables = {"train": table_of(50), "test": table_of(4)}
    assert len(one_part(tables, "test")[1]) == 4
    with pytest.raises(
        DataError, match=r"given for prediction is divided into training \(.*\) and test \(.*\): give one"
    ):
        one_part(tables, "predict")


@pytest.mark.parametrize("parameter", ["group_column", "time_column", "split_column"])
def test_a_misspelt_column_is_named_also_where_nothing_is_divided(parameter):
    tables = {"train": table_of(50), "validation": table_of(6), "test": table_of(4)}
    if parameter == "split_column":
        tables = {"all": table_of(50)}
    with pytest.raises(DataError, match=rf'there is no column "fazneda" \(--data\.{parameter}\)'):
        all_parts(tables, {}, Division(**{parameter: "fazneda"}))


def test_a_split_that_takes_no_notice_of_the_time_is_refused():
    with pytest.raises(ConfigError, match=r"stratified takes no notice of --data\.time_column ano"):
        Division(split="stratified", time_column="ano").function()


@pytest.mark.parametrize("other", ["fazenda  a", "Fazenda\u00a0A", "Fazenda\u200b A", "\ufeffFazenda A"])
def test_groups_that_look_alike_are_one(other):
    assert group_of(other) == group_of("Fazenda A")


def test_a_group_without_a_name_is_none():
    assert [group_of(cell) for cell in (None, " ", "\u200b", float("nan"))] == [None] * 4
