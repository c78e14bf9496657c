import pandas as pd
import pytest

from finetune.data.dividing.fingerprint import fingerprint
from finetune.data.dividing.parts import Division
from finetune.data.tables import read_source

FRAME = pd.DataFrame(
    {
        "texto": [f"boi {i}" for i in range(20)],
        "rotulo": ["a", "b"] * 10,
        "fazenda": [f"f{i // 4}" for i in range(20)],
    }
)


def of(frame, **division):
    return fingerprint([read_source(frame)["all"]], Division(**division))


def changed(column):
    frame = FRAME.copy()
    frame.loc[3, column] = "outro"
    return frame


@pytest.mark.parametrize("column", ["texto", "rotulo"])
def test_another_text_or_label_is_another_table(column):
    assert of(FRAME) == of(FRAME.copy())
    assert of(changed(column)) != of(FRAME)


def test_a_column_counts_where_it_divides():
    assert of(changed("fazenda")) == of(FRAME)
    for name in ("fazenda", "Fazenda"):
        assert of(changed("fazenda"), group_column=name) != of(FRAME, group_column=name)


def test_another_order_is_another_table():
    assert of(FRAME.iloc[::-1].reset_index(drop=True)) != of(FRAME)


def test_a_second_table_counts_and_needs_no_column_that_divides():
    first, second = read_source(FRAME)["all"], read_source(FRAME[["texto", "rotulo"]])["all"]
    division = Division(group_column="fazenda")
    assert fingerprint([first, second], division) != fingerprint([first], division)


@pytest.mark.parametrize("group_column", [None, "fazenda"])
def test_the_hash_is_the_same_in_whatever_pieces(monkeypatch, group_column):
    whole = of(FRAME, group_column=group_column)
    for rows in (1, 7, 20):
        monkeypatch.setattr("finetune.data.dividing.fingerprint.CHUNK_ROWS", rows)
        assert of(FRAME, group_column=group_column) == whole
