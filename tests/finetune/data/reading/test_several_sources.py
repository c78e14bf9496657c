"""Several files and folders that are named one by one, as one table."""

import pandas as pd
import pytest

from finetune.data.tables import read_source
from finetune.errors import DataError


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "meses").mkdir()
    for name, texts in {
        "fev.csv": ["chuva"],
        "meses/jan.csv": ["boi", "vaca"],
        "meses/train.csv": ["milho"],
    }.items():
        pd.DataFrame({"relato do dia": texts}).to_csv(name, index=False)
    return tmp_path


def test_all_rows_come_in_the_order_in_which_they_were_named(files):
    (table,) = read_source(["fev.csv", "meses"], text_column="relato do dia", need_labels=False).values()
    assert table.text == ["chuva", "boi", "vaca", "milho"]
    assert table.frame["file"].tolist() == ["fev.csv", "meses/jan.csv", "meses/jan.csv", "meses/train.csv"]
    assert table.source == "fev.csv and meses"


def test_the_column_of_files_is_never_taken_for_the_texts(files):
    for name in ("a.csv", "b.csv"):
        pd.DataFrame({"relato": ["boi e vaca no pasto", "chuva forte na lavoura"]}).to_csv(name, index=False)
    (table,) = read_source(["a.csv", "b.csv"], need_labels=False).values()
    assert table.text_column == "relato"


def test_a_column_of_the_users_own_keeps_its_name(files):
    for name in ("a.csv", "b.csv"):
        pd.DataFrame({"texto": ["boi"], "file": ["meu"]}).to_csv(name, index=False)
    (table,) = read_source(["a.csv", "b.csv"], need_labels=False).values()
    assert table.frame["file"].tolist() == ["meu", "meu"]


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (["fev.csv", "nada.csv"], "there is no file nada.csv"),
        (["fev.csv", "./fev.csv"], "named more than once"),
        (["meses", "meses/jan.csv"], "named more than once"),
        (["fev.csv", "outro.csv"], "give all files the same columns"),
    ],
)
def test_what_cannot_be_one_table_is_refused(files, sources, told):
    pd.DataFrame({"texto": ["a"]}).to_csv("outro.csv", index=False)
    with pytest.raises(DataError, match=told):
        read_source(sources, need_labels=False)
