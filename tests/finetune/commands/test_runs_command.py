import json

import pytest
import yaml

from finetune.__main__ import main
from finetune.runs import LAST


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
    assert all(len(line) <= 80 for line in lines)
    assert "0.5000 test" in lines[1]
    assert "dados_da_cooperativa.csv"[-13:] in lines[1]
    assert "unfinished" in lines[2]
    assert "2.1 KiB" in lines[1] or "2.2 KiB" in lines[1]


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
