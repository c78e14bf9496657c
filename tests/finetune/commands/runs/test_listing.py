import json
import os
from datetime import datetime

import pytest
import yaml

from finetune.__main__ import main
from finetune.errors import ConfigError
from finetune.runs.folder import RunFolder
from tests.finetune.commands.runs.conftest import crossval_in


def test_the_list_shows_each_run_within_80_columns(root, capsys):
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(len(line) <= 80 for line in lines[:-1])  # a paragraph, as wide as the terminal
    assert "0.5000 test" in lines[1]
    assert "dados_da_cooperativa.csv"[-13:] in lines[1]
    assert "unfinished" in lines[2]
    assert "2.1 KiB" in lines[1] or "2.2 KiB" in lines[1]


def test_the_list_is_told_as_the_reader_writes(root, capsys, monkeypatch):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "pt")
    for name in ("version_0/metrics.json", "version_1", "version_2/metrics.json"):
        moment = datetime(2026, 11, 26, 14, 5).timestamp()
        os.utime(root / name, (moment, moment))
    assert main(["runs"]) == 0
    heading, first, second, _, last = capsys.readouterr().out.splitlines()
    assert heading.split() == ["treino", "data", "dados", "modelo", "macro-F1", "tamanho"]
    assert "26/11/2026 14:05" in first
    assert "0,5000 teste" in first
    assert "2,1 KiB" in first or "2,2 KiB" in first
    assert "incompleto" in second
    assert last.startswith("3 treinos em lightning_logs; ")
    assert main(["runs", "delete", "0", "1", "--yes"]) == 0
    assert "apagado: lightning_logs/version_0, 2," in capsys.readouterr().out
    assert main(["runs"]) == 0
    assert "1 treino em lightning_logs; " in capsys.readouterr().out


def test_long_names_are_cut_where_they_would_be_too_wide_and_nowhere_else(root, capsys):
    config = {"data": {"path": "d.csv"}, "model": {"name": "neuralmind/bert-base-portuguese-cased"}}
    for number in range(3):
        (root / f"version_{number}/config.yaml").write_text(yaml.safe_dump(config))
    crossval_in(root, metrics={"f1_macro": {"mean": 0.7}})
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines[:-1])
    assert all("…portuguese-cased" in line for line in lines[1:4])


@pytest.mark.parametrize(
    ("content", "shown"),
    [({}, "1 of 10 folds"), ({"metrics": {"f1_macro": {"mean": 0.7}}}, "0.7000 mean")],
)
def test_a_cross_validation_is_one_line_of_the_list(root, capsys, content, shown):
    crossval_in(root, **content)
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[4].split()[0] == "crossval_0"
    assert "dados.csv" in lines[4]
    assert shown in lines[4]
    assert len(lines[4]) <= 80


def test_a_damaged_cross_validation_does_not_hide_the_others(root, capsys):
    (crossval_in(root) / "crossval.json").write_text("{")
    assert main(["runs"]) == 0
    assert "damaged" in capsys.readouterr().out


def test_without_runs_it_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["runs"]) == 0
    assert "finetune fit" in capsys.readouterr().out


SHAPES = [
    "",
    "[",
    "[1]",
    '"soja"',
    "3",
    "null",
    "data: 3",
    "data: {}\nmodel:",
    '{"test": 3}',
    '{"test": {"f1_macro": "a"}}',
    "\xff",
]


@pytest.mark.parametrize(
    "name",
    [
        "version_1/config.yaml",
        "version_1/metrics.json",
        "crossval_0/crossval.json",
        "crossval_0/fold_1/config.yaml",
    ],
)
@pytest.mark.parametrize("content", SHAPES)
def test_one_malformed_run_never_hides_the_others(root, capsys, name, content):
    crossval_in(root)
    (root / name).write_bytes(content.encode("latin-1"))
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "0.5000 test" in lines[1]
    assert "0.7500 test" in lines[3]
    assert len(lines) == 6


def test_a_damaged_config_does_not_hide_the_others(root, capsys):
    (root / "version_1" / "config.yaml").write_text("data: [")
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "damaged" in lines[2]
    assert "0.5000 test" in lines[1]
    with pytest.raises(ConfigError, match=r"config.yaml is damaged"):
        RunFolder(root / "version_1").config()


def test_the_list_names_the_score_of_its_runs(root, capsys):
    for number, value in ((0, 0.5), (2, 0.75)):
        content = {"ranked_by": "r2", "test": {"r2": value}}
        (root / f"version_{number}/metrics.json").write_text(json.dumps(content))
    crossval_in(root, ranked_by="r2", metrics={"r2": {"mean": 0.61}})
    assert main(["runs"]) == 0
    heading, first, *_, of_folds, last = capsys.readouterr().out.splitlines()
    assert "R²" in heading
    assert "0.5000 test" in first
    assert "0.6100 mean" in of_folds
    assert "R²: which share of the differences" in last
    assert "macro-F1" not in last


def test_of_runs_of_several_tasks_each_score_has_its_name(root, capsys):
    (root / "version_0/metrics.json").write_text(
        json.dumps({"ranked_by": "kappa", "validation": {"kappa": 0.5}})
    )
    assert main(["runs"]) == 0
    heading, first, second, third, last = capsys.readouterr().out.splitlines()
    assert "score" in heading
    assert "kappa 0.5000 val" in first
    assert "unfinished" in second
    assert "macro-F1 0.7500 test" in third
    assert max(map(len, (heading, first, second, third))) <= 80
    assert "kappa: agreement" in last
    assert "macro-F1: how well" in last


@pytest.fixture
def adapted(root):
    folder = root / "adapt_0"
    folder.mkdir()
    config = {"data": {"path": "textos.txt"}, "model": {"name": "embedded", "objective": "masked_words"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    measured = {"texts": 9, "perplexity": {"before": 21.5, "after": 8.125}}
    (folder / "metrics.json").write_text(json.dumps({"language": {"validation": measured}}))
    return folder


def test_what_was_adapted_is_listed_with_its_perplexity_and_deleted_by_name(root, adapted, capsys):
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines[:-1])
    assert "macro-F1" not in lines[0]  # each says what it has measured
    assert any("macro-F1 0.7500 test" in line for line in lines)
    [line] = [line for line in lines if line.startswith("adapt_0")]
    assert "textos.txt" in line
    assert "perplexity 8.12" in line
    assert main(["runs", "delete", "0", "--yes"]) == 0  # a number is that of a classifier
    assert adapted.is_dir()
    assert main(["runs", "delete", "adapt_0", "--yes"]) == 0
    assert not adapted.exists()
