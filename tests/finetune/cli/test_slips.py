"""What everybody types at the start is told by what was meant; what is meant so passes."""

import pytest

from finetune.cli.command_line import prepare
from finetune.cli.parser import check_yaml
from finetune.errors import ConfigError, DataError, ModelError

FIT = {
    ("--data", "perguntas.csv"): "--data stands for several options. Did you mean --data.path perguntas.csv?",
    ("--data=demo",): "Did you mean --data.path demo?",
    ("--model", "embedded"): "Did you mean --model.name embedded?",
    ("--trainer", "3"): "Did you mean --trainer.max_epochs 3?",
    ("--trainer", "gpu"): "Did you mean --trainer.accelerator gpu?",
    ("--trainer=16-mixed",): "Did you mean --trainer.precision 16-mixed?",
    ("--data", "ansi.yaml"): "--data ansi.yaml: its letters are not in UTF-8. Save it again",
    ("--config", "ansi.yaml"): "--config ansi.yaml: its letters are not in UTF-8. Save it again",
    (
        "--config",
        "perguntas.csv",
    ): "is a table, and --config takes a file of options. Did you mean --data.path perguntas",
    ("--config", "version_0"): "is a folder: give the file of options in it, such as version_0/config.yaml.",
    ("--data.path=",): "--data.path has an empty value",
    ("--data.path", ""): "--data.path has an empty value",
    ("--run", " ", "--resume"): "--run has an empty value",
    ("--data.path", "a.csv", "--data.path=b.csv"): "--data.path is given twice (a.csv and b.csv)",
    ("--data.path", "version_0"): "--data.path version_0 is the folder of a run, not a table",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "version_0" / "checkpoints").mkdir(parents=True)
    (tmp_path / "version_0" / "config.yaml").write_text("{}")
    (tmp_path / "ansi.yaml").write_bytes("path: ração.csv".encode("cp1252"))
    (tmp_path / "perguntas.csv").write_bytes("texto;rotulo\nração;x".encode("cp1252"))
    return tmp_path


@pytest.mark.parametrize("options", FIT, ids=" ".join)
def test_what_was_meant_is_told(here, options):
    with pytest.raises(ConfigError) as error:
        prepare(["fit", *options], here)
    assert FIT[options] in str(error.value)


def test_predict_has_its_table_elsewhere(here):
    with pytest.raises(ConfigError, match=r"Did you mean --data\.predict_path perguntas\.csv"):
        prepare(["predict", "--run", "0", "--data", "perguntas.csv"], here)


@pytest.mark.parametrize(
    "options",
    [
        ["--data", "dados.yaml"],
        ["--trainer", "{max_epochs: 3}"],
        ["--data.path", "a.csv", "--data.test_path", "b.csv", "--data.path=a.csv"],
        ["--trainer.max_epochs", "-1", "--data.text_column", "texto"],
        ["--data.help"],
        ["--trainer.callbacks+=a.B", "--trainer.callbacks+=a.C"],
    ],
    ids=" ".join,
)
def test_what_is_meant_so_passes(here, options):
    assert prepare(["fit", *options], here).argv == ["fit", *options]


FILES = {
    "data: perguntas.csv": "data:\n    path: perguntas.csv",
    "model: embedded": "model:\n    name: embedded",
    "trainer: 3": "trainer:\n    max_epochs: 3",
    "data: [1]": "data:\n    path: [1]",
    "data:": "data:\n    path: ...",
    "trainer: ansi.yaml": "meu.yaml, trainer: ansi.yaml: its letters are not in UTF-8",
}


@pytest.mark.parametrize("content", FILES)
def test_in_a_file_too(here, content):
    with pytest.raises(ConfigError) as error:
        check_yaml(content, "meu.yaml")
    assert str(error.value).startswith("meu.yaml")
    assert FILES[content] in str(error.value)
    check_yaml("data: dados.yaml", "meu.yaml")


def test_an_empty_path_is_not_the_folder_at_hand(here):
    from finetune.data.reading.sources import load
    from finetune.pretrained.folder import model_folder

    with pytest.raises(DataError, match="the path of the table is empty"):
        load("", reader=None)
    with pytest.raises(ModelError, match=r"--model\.name has an empty value"):
        model_folder("")
