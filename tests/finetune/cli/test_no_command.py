"""A first word that is no command: what was meant is given to copy."""

import pytest

from finetune.__main__ import COMMANDS
from finetune.cli.no_command import no_command

LINES = {
    "treinar dados.csv": ["fit --data.path dados.csv"],
    "TREINAR dados.csv --trainer.max_epochs 3": ["fit --data.path dados.csv --trainer.max_epochs 3"],
    "treinar --data.path dados.csv": ["fit --data.path dados.csv"],
    "checar dados.csv": ["check --data.path dados.csv"],
    "classificar novos.csv": ["predict --run latest --data.predict_path novos.csv"],
    "Check dados.csv": ["check --data.path dados.csv"],
    "testar meus dados.csv": ['test --run latest --data.test_path "meus dados.csv"'],
    "—check dados.csv": ["check --data.path dados.csv"],
    "--check dados.csv": ["check --data.path dados.csv"],
    "chekc dados.csv": ["check --data.path dados.csv"],
    "classificar novos.csv com o modelo": [],
    "treinar a b": [],
    "Relatório version_0": ["report version_0"],
    "ajuda": [],
    "Ajuda fit": ["fit --help"],
    "ajuda treinar": ["fit --help"],
    "dados.csv": ["check --data.path dados.csv", "fit --data.path dados.csv"],
    "outra.csv": ["check --data.path outra.csv", "fit --data.path outra.csv"],
    "meus dados.csv": ['check --data.path "meus dados.csv"', 'fit --data.path "meus dados.csv"'],
    "teste grande.csv": ['check --data.path "teste grande.csv"', 'fit --data.path "teste grande.csv"'],
    "chuva de maio.csv": ['check --data.path "chuva de maio.csv"', 'fit --data.path "chuva de maio.csv"'],
    "--data.path dados.csv": ["fit --data.path dados.csv"],
}


@pytest.mark.parametrize("typed", LINES)
def test_the_line_that_was_meant_is_given_to_copy(tmp_path, monkeypatch, typed):
    monkeypatch.chdir(tmp_path)
    for name in ("dados.csv", "novos.csv", "teste grande.csv"):
        (tmp_path / name).write_text("")
    _, *lines = str(no_command(typed.split(" "), COMMANDS)).split("\n")
    assert lines == [f"  finetune {line}" for line in LINES[typed]]


def test_help_has_a_name():
    assert 'no command "ajuda". Did you mean "--help"?' in str(no_command(["ajuda"], COMMANDS))
