"""One column for each label: yes and no in all their ways, and a clear word on everything else."""

import pandas as pd
import pytest

from finetune.data.labels.wish import names_of
from finetune.data.tables import read_source
from finetune.errors import DataError


def frame(**columns: list[object]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    return pd.DataFrame({"texto": [f"texto {n}" for n in range(rows)], **columns})


def test_each_column_is_a_label() -> None:
    source = read_source(
        frame(
            soja=["1", "0", "1", "0"],
            Gado=["Sim", "não", "NÃO", "sim"],
            clima=["x", "", "X", None],
            sol=[1.0, 0, 0, 1],
        ),
        label_columns=["soja", "gado", "clima", "sol"],
    )["all"]
    assert source.label == ["Gado|clima|soja|sol", "", "clima|soja", "Gado|sol"]
    assert (source.task.name, source.label_column) == ("multi_label", None)
    assert source.label_columns == ("soja", "Gado", "clima", "sol")
    assert any("1 row without any label" in str(note) for note in source.notes)


def test_ones_and_noughts_with_decimals_are_yes_and_no() -> None:
    source = read_source(frame(a=["1.0", "0.0", "0,0"], b=["0,0", "1,0", "1.0"]), label_columns=["a", "b"])
    assert source["all"].label == ["a", "b", "b"]


def test_what_is_read_as_no_and_what_is_no_label_is_said() -> None:
    source = read_source(
        frame(a=["sim", "não", ""], b=["x", "", ""], c=["0", "0", "0"]), label_columns=["a", "b", "c"]
    )
    notes = "\n".join(map(str, source["all"].notes))
    assert (
        "1 empty cell in the columns of the labels, read as no" in notes
    )  # in b, of x or nothing, it is the no
    assert 'column without a single yes, no label of this table: "c"' in notes


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (["a", "b"], r'row 1, column "b": "talvez" says neither yes nor no \(1 such cell in all\)'),
        (["a", "bb"], r'there is no column "bb" \(--data.label_columns\).*did you mean "b"'),
        (["a", "A"], r'--data.label_columns names "a" more than once'),
        (["a", "c|d"], r'the column "c\|d" cannot stand for a label, for "\|" joins labels'),
        (["a", "texto"], r'"texto" is named as one of the labels .*and is the text column'),
    ],
)
def test_what_cannot_be_a_label_is_told(asked: list[str], match: str) -> None:
    with pytest.raises(DataError, match=match):
        read_source(frame(a=["1", "0"], b=["1", "talvez"], **{"c|d": ["1", "0"]}), label_columns=asked)


def test_a_row_without_text_may_hold_anything() -> None:
    table = frame(a=["1", "0", "?"], b=["0", "1", "?"])
    table.loc[2, "texto"] = ""
    assert read_source(table, label_columns=["a", "b"])["all"].label == ["a", "b"]
    table["c"] = [0, 0, 1]
    notes = read_source(table, label_columns=["a", "b", "c"])["all"].notes
    assert any('without a single yes, no label of this table: "c"' in str(note) for note in notes)


def test_names_are_typed_with_commas_or_one_by_one() -> None:
    assert names_of(" soja, gado ,") == names_of(["soja", "gado"]) == ("soja", "gado")
    assert names_of(["a, b"]) == ("a, b",)
    assert names_of(None) == ()
