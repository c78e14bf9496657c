"""Several tables behind one option, before the parser sees them."""

import pytest

from finetune.commands.predict.inputs import with_several

OPTION = "--data.predict_path"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pasta").mkdir()
    (tmp_path / "minha tabela.csv").touch()


def test_several_tables_become_one_value():
    line = ["predict", OPTION, "a.csv", "pasta", "c.xlsx", "--run", "3"]
    assert with_several(line) == ["predict", f'{OPTION}=["a.csv", "pasta", "c.xlsx"]', "--run", "3"]


@pytest.mark.parametrize(
    "line",
    [
        ["predict", "--run", "3"],
        ["predict", OPTION, "a.csv", "--run", "3"],
        ["predict", OPTION, "-", "--run", "3"],
        ["predict", OPTION, "minha", "tabela.csv"],
        ["predict", OPTION, "a.csv", "palavra", "--run", "3"],
        ["predict", f"{OPTION}=a.csv"],
        ["predict", OPTION],
    ],
)
def test_all_else_stays_as_it_was_typed(line):
    assert with_several(line) == line
