"""Dashes, quotation marks and blanks of text programs are pointed out, with the line that was meant."""

import pytest

from finetune.cli.signs import refuse_signs
from finetune.errors import ConfigError

MEANT = {
    ("fit", "—data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "–data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "−-data.path=dados.csv"): "fit --data.path=dados.csv",
    ("fit", "-data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "‐‐data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "---data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "—early_stopping.patience", "3"): "fit --early_stopping.patience 3",
    ("fit", "–data_path", "dados.csv"): "fit --data_path dados.csv",
    ("test", "—run", "latest"): "test --run latest",
    ("fit", "--run", "3", "–resume"): "fit --run 3 --resume",
    ("fit", "--data.path", "“dados.csv”"): "fit --data.path dados.csv",
    ("fit", "--data.path=“dados.csv”"): "fit --data.path=dados.csv",
    ("fit", "--data.path", "“minhas", "perguntas.csv”", "--resume"): (
        'fit --data.path "minhas perguntas.csv" --resume'
    ),
    ("fit", "--data.path=«minhas", "perguntas.csv»"): 'fit --data.path="minhas perguntas.csv"',
    ("fit", "--data.text_column", "‘texto’"): "fit --data.text_column texto",
    ("fit", "--data.path", "'minhas", "perguntas.csv'"): 'fit --data.path "minhas perguntas.csv"',
    ("fit", "--data.path\u00a0dados.csv"): "fit --data.path dados.csv",
    ("fit\u00a0", "--data.path", "dados.csv\u00a0"): "fit --data.path dados.csv",
    ("fit", "\u00a0--data.path", "dados.csv", "\u00a0"): "fit --data.path dados.csv",
    ("fit", "--data.path dados.csv"): "fit --data.path dados.csv",
    ("fit", "--data.path:dados.csv"): "fit --data.path dados.csv",
    ("fit", "--data.path:", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "/data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "/data.path:dados.csv"): "fit --data.path dados.csv",
    ("fit", "—data.path", "“dados.csv”"): "fit --data.path dados.csv",
    ("—help",): "--help",
    ("fit", "–data.path", "minhas", "perguntas.csv"): 'fit --data.path "minhas perguntas.csv"',
    ("check", "“dados.csv”"): "check --data.path dados.csv",
    ("—data.path", "dados.csv"): "--data.path dados.csv",
    ("report", "—output", "a.html", "3", "4"): "report --output a.html 3 4",
    ("fit", "--data.path", "=", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "--data.path", "=dados.csv"): "fit --data.path dados.csv",
    ("fit", "--data.path=", "dados.csv"): "fit --data.path=dados.csv",
    ("fit", "--data.path", "=", "minhas", "perguntas.csv"): 'fit --data.path "minhas perguntas.csv"',
    ("fit", "--trainer.max_epochs", "=", "3", "—resume"): "fit --trainer.max_epochs 3 --resume",
    ("fit", "data.path", "dados.csv"): "fit --data.path dados.csv",
    (
        "fit",
        "data.path=dados.csv",
        "trainer.max_epochs=3",
    ): "fit --data.path=dados.csv --trainer.max_epochs=3",
    ("fit", "data.path", "=", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "–", "data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "–", "–", "data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "--", "data.path", "dados.csv"): "fit --data.path dados.csv",
    ("fit", "-", "-data.path", "dados.csv"): "fit --data.path dados.csv",
    ("predict", "–", "run", "latest", "-", "data.predict_path", "a.csv"): (
        "predict --run latest --data.predict_path a.csv"
    ),
    ("fit", "--data.text_column", "“–texto_original”"): 'fit --data.text_column "–texto_original"',
    ("fit", "--data.text_column", "\u00a0—run"): 'fit --data.text_column "—run"',
}


@pytest.mark.parametrize("typed", MEANT, ids=" ".join)
def test_the_line_that_was_meant_is_given_to_copy(typed):
    with pytest.raises(ConfigError) as error:
        refuse_signs(typed)
    said, line = str(error.value).split("\n")
    assert line == f"  finetune {MEANT[typed]}"
    assert "an option begins with two plain hyphens (--)" in said


@pytest.mark.parametrize(
    "typed",
    [
        ["fit", "--data.path", "dados – 2024.csv", "--data.text_column", "Pergunta do cooperado"],
        ["fit", "--data.path", "–2024.csv", "--trainer.min_epochs", "-1", "-c", "a.yaml", "-h"],
        ["fit", "--data.delimiter", "';'", "--data.label_column", "–soja", "--data.text_column", "diz “aqui"],
        ["fit", "--data.path=C:\\dados\\a.csv", "--trainer.callbacks+=a:b", "--data.more_checks", "['a:b']"],
        ["fit", "--model.labels", '["a","b"]', "--data.text_column", ""],
        ["fit", "--data.path=", "--data.path", "/data/a.csv"],
        ["report", "3", "--no-explain"],
        ["fit", "--data.text_column", "–texto_original", "--data.label_column", "—run"],
        ["fit", "--data.text_column", "data.path", "--data.delimiter", "=", "--resume"],
        ["predict", "--data.predict_path", "/data.novos", "--run", "latest"],
        ["check", "data.csv"],
        ["predict", "data.novos"],
        ["fit", "-cmeu.yaml", "-c=meu.yaml"],
        ["runs", "delete", "3", "--yes"],
        [],
    ],
)
def test_plain_signs_pass(typed):
    refuse_signs(typed)


def test_a_blank_alone_is_no_command():
    with pytest.raises(ConfigError):
        refuse_signs(["\u00a0"])
