import json
import os
from datetime import datetime

import pytest
import yaml

from finetune.__main__ import main
from finetune.errors import ConfigError
from finetune.runs.folder import LAST, RunFolder
from finetune.runs.lock import RunLock


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, score in enumerate([0.5, None, 0.75]):
        folder = tmp_path / "lightning_logs" / f"version_{number}"
        (folder / "checkpoints").mkdir(parents=True)
        (folder / LAST).write_bytes(b"x" * 2048)
        config = {
            "data": {"path": "uma/pasta/muito/longa/dados_da_cooperativa.csv"},
            "model": {"name": "embedded"},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        if score is not None:
            (folder / "metrics.json").write_text(json.dumps({"test": {"f1_macro": score}}))
    return tmp_path / "lightning_logs"


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
    ("language", "question"), [("en", "for good? [y/N] "), ("pt", "para sempre? [s/N] ")]
)
@pytest.mark.parametrize(("answer", "left"), [("s", 2), ("sim", 2), ("Y", 2), ("yes", 2), ("", 3), ("n", 3)])
def test_yes_is_understood_in_both_languages(root, monkeypatch, language, question, answer, left):
    asked = []
    monkeypatch.setenv("FINETUNE_LANGUAGE", language)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or answer)
    assert main(["runs", "delete", "0"]) == 0
    assert asked[0].endswith(question)
    assert len(list(root.iterdir())) == left


def test_a_run_that_is_a_link_is_not_deleted(root, tmp_path, capsys):
    (root / "version_2").rename(tmp_path / "elsewhere")
    (root / "version_2").symlink_to(tmp_path / "elsewhere")
    assert main(["runs", "delete", "0", "2", "--yes"]) == 2
    assert "is a link to" in capsys.readouterr().err
    assert (root / "version_0").is_dir()
    assert (tmp_path / "elsewhere" / LAST).is_file()


def crossval_in(root, **content):
    folder = root / "crossval_0"
    (folder / "fold_1").mkdir(parents=True)
    (folder / "fold_1" / "config.yaml").write_text("data: {path: dados.csv}\nmodel: {name: embedded}\n")
    (folder / "crossval.json").write_text(
        json.dumps({"folds": 5, "seeds": [42, 43], "runs": [{}], **content})
    )
    return folder


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


def test_a_cross_validation_is_deleted_by_its_name_alone(root):
    crossval_in(root)
    assert main(["runs", "delete", "0", "--yes"]) == 0
    assert (root / "crossval_0").is_dir()
    assert main(["runs", "delete", "crossval_0", "--yes"]) == 0
    assert sorted(folder.name for folder in root.iterdir()) == ["version_1", "version_2"]


def test_without_runs_it_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["runs"]) == 0
    assert "finetune fit" in capsys.readouterr().out


def test_deleting_takes_only_what_is_named(root):
    assert main(["runs", "delete", "1", "version_2", "--yes"]) == 0
    assert [folder.name for folder in root.iterdir()] == ["version_0"]


def test_an_unknown_run_deletes_nothing(root, capsys):
    assert main(["runs", "delete", "0", "9", "--yes"]) == 2
    assert 'no run "9"' in capsys.readouterr().err
    assert len(list(root.iterdir())) == 3


def test_a_path_outside_the_runs_is_never_deleted(root, tmp_path):
    (tmp_path / "config.yaml").write_text("{}")
    assert main(["runs", "delete", str(tmp_path), "--yes"]) == 2
    assert root.is_dir()


def test_where_nobody_can_be_asked_nothing_is_deleted(root, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(["runs", "delete", "0"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert len(list(root.iterdir())) == 3


def test_a_run_that_is_being_trained_is_not_deleted(root, capsys):
    lock = RunLock()
    lock.hold(root / "version_1")
    try:
        assert main(["runs", "delete", "0", "1", "--yes"]) == 2
    finally:
        lock.release()
    assert f"version_1 is being trained by another process (PID {os.getpid()})" in capsys.readouterr().err
    assert (root / "version_0").is_dir()
    assert main(["runs", "delete", "0", "1", "--yes"]) == 0


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
