import os

import pytest

from finetune.__main__ import main
from finetune.runs.folder import LAST
from finetune.runs.lock import RunLock
from tests.finetune.commands.runs.conftest import crossval_in


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


def test_a_cross_validation_is_deleted_by_its_name_alone(root):
    crossval_in(root)
    assert main(["runs", "delete", "0", "--yes"]) == 0
    assert (root / "crossval_0").is_dir()
    assert main(["runs", "delete", "crossval_0", "--yes"]) == 0
    assert sorted(folder.name for folder in root.iterdir()) == ["version_1", "version_2"]


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


@pytest.mark.parametrize("which", ["1", "version_1", "producao", "Produção", "lightning_logs/version_1"])
def test_a_run_that_has_a_name_is_deleted_with_force_alone(root, capsys, which):
    assert main(["runs", "name", "1", "produção"]) == 0
    assert main(["runs", "delete", "0", which, "--yes"]) == 2
    told = capsys.readouterr().err
    assert 'lightning_logs/version_1 has the name "produção"' in told
    assert "without --force. Nothing was deleted." in told
    assert "\n  finetune runs name version_1 --none" in told
    assert len(list(root.iterdir())) == 3
    assert main(["runs", "delete", which, "--yes", "--force"]) == 0
    assert sorted(folder.name for folder in root.iterdir()) == ["version_0", "version_2"]


def test_a_run_that_holds_what_people_have_said_is_deleted_with_force_alone(root, capsys):
    (root / "version_1" / "corrections.sqlite").write_bytes(b"labels")
    assert main(["runs", "delete", "0", "1", "--yes"]) == 2
    told = capsys.readouterr().err
    assert "version_1 holds what people have said of its rows (corrections.sqlite)" in told
    assert "\n  finetune label --run lightning_logs/version_1 --output corrections.csv" in told
    assert len(list(root.iterdir())) == 3
    assert main(["runs", "delete", "1", "--yes", "--force"]) == 0
    assert sorted(folder.name for folder in root.iterdir()) == ["version_0", "version_2"]


def test_a_run_that_gets_a_name_while_the_question_stands_is_kept(root, monkeypatch, capsys):
    def answered(question):
        assert main(["runs", "name", "1", "producao"]) == 0
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answered)
    assert main(["runs", "delete", "0", "1"]) == 2
    assert "Nothing was deleted." in capsys.readouterr().err
    assert {"version_0", "version_1"} <= {folder.name for folder in root.iterdir()}


def test_the_question_has_the_name_of_what_goes(root, monkeypatch):
    asked = []
    main(["runs", "name", "1", "producao"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or "n")
    assert main(["runs", "delete", "1", "--force"]) == 0
    assert 'lightning_logs/version_1 "producao" (' in asked[0]
    assert (root / "version_1").is_dir()
