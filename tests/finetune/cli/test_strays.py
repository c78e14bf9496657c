"""A word that belongs to no option is told with the whole command line that was meant."""

import pytest

from finetune.cli.strays import refuse_split_name, refuse_strays
from finetune.errors import ConfigError

LINES = {
    "fit --data.path minhas perguntas.csv": 'fit --data.path "minhas perguntas.csv"',
    "fit --data.path=minhas perguntas.csv --resume": 'fit --data.path="minhas perguntas.csv" --resume',
    "fit --data.path dados.csv --data.text_column Pergunta do cooperado --trainer.max_epochs 3": (
        'fit --data.path dados.csv --data.text_column "Pergunta do cooperado" --trainer.max_epochs 3'
    ),
    "test --run lightning_logs/meu treino": 'test --run "lightning_logs/meu treino"',
    "fit -c minhas opções.yaml": 'fit -c "minhas opções.yaml"',
    "predict --run 0 --output minha saida.csv": 'predict --run 0 --output "minha saida.csv"',
    "check dados.csv": "check --data.path dados.csv",
    "fit dados.csv --trainer.max_epochs 3": "fit --data.path dados.csv --trainer.max_epochs 3",
    "fit --trainer.max_epochs 3 dados.csv": "fit --data.path dados.csv --trainer.max_epochs 3",
    "baseline outra.xlsx": "baseline --data.path outra.xlsx",
    "check minhas perguntas.csv": 'check --data.path "minhas perguntas.csv"',
    "check pasta": "check --data.path pasta",
    "fit demo": "fit --config demo",
    "fit meu.yaml dados.csv": "fit --config meu.yaml --data.path dados.csv",
    "fit --config demo dados.csv": "fit --data.path dados.csv --config demo",
    "predict novos.csv": "predict --run latest --data.predict_path novos.csv",
    "predict --run latest novos.csv": "predict --data.predict_path novos.csv --run latest",
    "predict version_0 novos.csv": "predict --run version_0 --data.predict_path novos.csv",
    "test dados.csv": "test --run latest --data.test_path dados.csv",
    "test version_0": "test --run version_0",
    "validate dados.csv": "validate --run latest --data.validation_path dados.csv",
    "crossval dados.csv --folds 3": "crossval --data.path dados.csv --folds 3",
    "check --data.text_column Mensagem dados.csv": "check --data.path dados.csv --data.text_column Mensagem",
    "check --data.text_column Mensagem do cliente dados.csv": (
        'check --data.path dados.csv --data.text_column "Mensagem do cliente"'
    ),
    "check --data.text_column=Mensagem dados.csv": "check --data.path dados.csv --data.text_column=Mensagem",
    "check --data.text_column Mensagem minhas perguntas.csv": (
        'check --data.path "minhas perguntas.csv" --data.text_column Mensagem'
    ),
    "check --data.label_column tipo pasta": "check --data.path pasta --data.label_column tipo",
    "plan --gpu RTX 4090 dados.csv": 'plan --data.path dados.csv --gpu "RTX 4090"',
    "plan --gpu RTX 4090 outra.csv": 'plan --data.path outra.csv --gpu "RTX 4090"',
    "predict --output saida.csv novos.csv": (
        "predict --run latest --data.predict_path novos.csv --output saida.csv"
    ),
    "fit --data.path outra.csv --data.text_column Texto dos pasta": (
        'fit --data.path outra.csv --data.text_column "Texto dos pasta"'
    ),
    "predict latest dados.csv": "predict --run latest --data.predict_path dados.csv",
    "predict dados.csv latest": "predict --data.predict_path dados.csv --run latest",
    "test best": "test --run best",
    "test producao": "test --run producao",
    "predict Produção novos.csv": "predict --run Produção --data.predict_path novos.csv",
    "validate 3 dados.csv": "validate --run 3 --data.validation_path dados.csv",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "version_0" / "checkpoints").mkdir(parents=True)
    (tmp_path / "version_0" / "config.yaml").write_text("{}")
    (tmp_path / "pasta").mkdir()
    (tmp_path / "lightning_logs" / "version_0").mkdir(parents=True)
    (tmp_path / "lightning_logs" / "version_0" / "name.txt").write_text("produção\n", encoding="utf-8")
    for name in ("dados.csv", "minhas perguntas.csv", "meu.yaml"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize("typed", LINES)
def test_the_line_that_was_meant_is_given_to_copy(here, typed):
    with pytest.raises(ConfigError) as error:
        refuse_strays(typed.split(" "))
    said, line = str(error.value).split("\n")
    assert (
        " belongs to no option: a value stands behind its option, and a name with blanks in quotes." in said
    )
    assert line == f"  finetune {LINES[typed]}"


def test_a_run_with_a_blank_in_its_name_is_one(here):
    (here / "meu treino").mkdir()
    with pytest.raises(ConfigError) as error:
        refuse_split_name(["meu", "treino"], ["report", "meu", "treino", "--no-explain"])
    assert str(error.value).endswith('Like this:\n  finetune report "meu treino" --no-explain')
    refuse_split_name(["version_0", "pasta"], ["report", "version_0", "pasta"])


def test_the_words_are_named(here):
    with pytest.raises(ConfigError, match=r'^"perguntas.csv", "do cooperado" belong to no option'):
        refuse_strays(
            [
                "fit",
                "--data.path",
                "minhas",
                "perguntas.csv",
                "--data.text_column",
                "Pergunta",
                "do",
                "cooperado",
            ]
        )
    with pytest.raises(ConfigError, match=r'^"do cooperado" belongs to no option'):
        refuse_strays(["fit", "--data.text_column", "Pergunta", "do", "cooperado"])


def test_a_star_that_the_shell_made_several_tables_of_is_told(here):
    with pytest.raises(ConfigError) as error:
        refuse_strays(["fit", "--data.path", "dados.csv", "outra.csv", "mais.csv", "--resume"])
    assert str(error.value) == (
        "--data.path takes one table, and here are 3: dados.csv, outra.csv and mais.csv. Files of one table can stand in "
        "a folder of their own: --data.path FOLDER."
    )


def test_two_tables_are_told_though_none_of_them_is_there(here):
    with pytest.raises(ConfigError, match=r"--data.path takes one table, and here are 2: a.csv and b.csv"):
        refuse_strays(["fit", "--data.path", "a.csv", "b.csv"])


def test_a_joined_name_that_is_there_stays_whole(here):
    (here / "Mensagem dados.csv").write_text("")
    with pytest.raises(ConfigError, match=r'check --data.text_column "Mensagem dados.csv"$'):
        refuse_strays(["check", "--data.text_column", "Mensagem", "dados.csv"])


@pytest.mark.parametrize(
    "typed",
    [
        "fit --data.path minhas_perguntas.csv --resume --run latest",
        "fit --trainer.callbacks+=a.B --data.text_column=texto --trainer.min_epochs -1",
        "fit soja",
        "fit --data.path dados.csv -x 3",
        "fit -seed 3 dados.csv",
        "fit version_0",
        "check --data.path dados.csv --early_stopping.help",
        "fit --print_config",
        "fit -c meu.yaml -h",
    ],
)
def test_what_is_in_its_place_or_not_understood_is_left_to_the_parser(here, typed):
    refuse_strays(typed.split(" "))
