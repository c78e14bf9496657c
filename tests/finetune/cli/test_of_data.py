"""Commands that need the data alone: what goes the short way, what goes the whole one, and that both say the same."""

import inspect

import pytest

from finetune.cli import of_data
from finetune.cli.command_line import prepare
from finetune.data.module import TextData
from finetune.data.table_data import TableData
from finetune.errors import DiskError
from finetune.model.classifier import TextClassifier
from finetune.pretrained.hub import EMBEDDED


def verb(ready, quick: bool = False) -> int:
    """Does nothing.

    Args:
        ready: What it works with.
        quick: An option of its own.
    """
    return 0


def asked(tmp_path, *words):
    return of_data.asked_of_data(prepare(["check", *words], tmp_path), verb, of_data.everything)


def test_what_is_asked_of_data_is_parsed_alone(tmp_path):
    words = (
        "--data.path",
        "demo",
        "--data.split_seed",
        "7",
        "--task=ordinal",
        "--model.name",
        "outro",
        "--quick=true",
    )
    ready, own = asked(tmp_path, *words)
    assert (ready.data.paths["train"], ready.data.division.seed) == ("demo", 7)
    assert ready.data.reading.task == "ordinal"
    assert (ready.base, own) == ("outro", {"quick": True})


def test_the_configuration_says_nothing_of_what_was_not_asked(tmp_path):
    ready, _ = asked(tmp_path, "--data.path", "demo")
    assert ready.base == EMBEDDED
    assert "model" not in ready.config
    assert "path: demo" in ready.config


def test_a_file_of_options_is_read(tmp_path):
    file = tmp_path / "opcoes.yaml"
    file.write_text("data:\n  path: demo\n  test_fraction: 0.3\n", encoding="utf-8")
    ready, _ = asked(tmp_path, "--config", str(file))
    assert ready.data.division.test_fraction == 0.3


@pytest.mark.parametrize(
    "words",
    [
        ("--trainer.max_epochs", "3"),
        ("--model.learning_rate", "0.1"),
        ("--early_stopping", "null"),
        ("--data.pth", "dados.csv"),
        ("--data.split_seed", "muito"),
        ("--data.split_seed", "-1"),
        ("--help",),
        ("--print_config",),
    ],
)
def test_what_is_not_of_the_data_or_wrong_goes_the_whole_way(tmp_path, words, capsys):
    assert asked(tmp_path, "--data.path", "demo", *words) is None
    assert capsys.readouterr() == ("", "")


def test_several_processes_go_the_whole_way(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr("finetune.cli.lightning_cli.run", lambda argv, verb: 7)
    assert of_data.run(["check", "--data.path", "demo"], verb) == 7


def test_a_disk_that_refuses_is_told_as_elsewhere(monkeypatch):
    def refused(ready) -> int:
        raise PermissionError(13, "Permission denied", "x.json")

    with pytest.raises(DiskError, match=r"x\.json"):
        of_data.run(["check", "--data.path", "demo"], refused)


def test_options_of_the_data_and_the_usual_model_are_those_of_lightnings_classes():
    assert inspect.signature(TextData) == inspect.signature(TableData)
    assert inspect.signature(TextClassifier).parameters["name"].default == EMBEDDED
