import os
from pathlib import Path

import pytest

from finetune.__main__ import main
from finetune.cli import help as help_text
from finetune.cli.help import show_help


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")


def maker(text, status=0):
    """Something that prints a help as argparse does, and counts how often it had to."""
    calls = []

    def make():
        calls.append(1)
        print(text)
        raise SystemExit(status)

    return make, calls


def test_the_second_call_makes_nothing_and_prints_the_same(capsys):
    make, calls = maker("usage: a\n  café")
    assert show_help("fit", make) == 0
    first = capsys.readouterr().out
    assert show_help("fit", make) == 0
    assert capsys.readouterr().out == first == "usage: a\n  café\n"
    assert len(calls) == 1


@pytest.mark.parametrize("what", ["command", "width", "source", "language", "translation"])
def test_what_may_change_the_text_makes_it_anew(what, monkeypatch):
    make, calls = maker("usage: a")
    show_help("fit", make)
    if what == "width":
        monkeypatch.setenv("COLUMNS", "60")
    if what == "source":
        monkeypatch.setattr(help_text, "fingerprint", lambda: "another")
    if what == "language":
        monkeypatch.setenv("FINETUNE_LANGUAGE", "pt")
    if what == "translation":
        stat, changed = Path.stat, Path(help_text.__file__).parents[1] / "language/pt/cli.po"
        other = os.stat_result([0] * 6 + [1, 0, 0, 0])  # its size is another
        monkeypatch.setattr(Path, "stat", lambda file, **how: other if file == changed else stat(file, **how))
    show_help("predict" if what == "command" else "fit", make)
    assert len(calls) == 2


def test_an_outdated_text_does_not_stay(tmp_path, monkeypatch):
    show_help("fit", maker("old")[0])
    monkeypatch.setattr(help_text, "fingerprint", lambda: "another")
    show_help("fit", maker("new")[0])
    assert [file.read_text() for file in (tmp_path / "cache/help").iterdir()] == ["new\n"]


def test_a_damaged_text_is_made_anew(tmp_path, capsys):
    make, calls = maker("usage: a")
    show_help("fit", make)
    (kept,) = (tmp_path / "cache/help").iterdir()
    kept.write_bytes(b"\xff\xfe")
    capsys.readouterr()
    assert show_help("fit", make) == 0
    assert capsys.readouterr().out == "usage: a\n"
    assert len(calls) == 2


def test_a_failure_is_not_kept(tmp_path):
    assert show_help("fit", maker("half", status=2)[0]) == 2
    assert not (tmp_path / "cache/help").exists()


def test_without_a_place_to_keep_it_the_help_is_shown(tmp_path, capsys):
    (tmp_path / "cache").write_text("no folder")
    assert show_help("fit", maker("usage: a")[0]) == 0
    assert capsys.readouterr().out == "usage: a\n"


def test_the_command_line_keeps_the_help_of_a_command(capsys, monkeypatch):
    assert main(["runs", "--help"]) == 0
    first = capsys.readouterr().out
    assert "usage: finetune runs" in first
    monkeypatch.setattr("finetune.__main__.import_module", lambda name: pytest.fail(f"{name} was imported"))
    assert main(["runs", "--help"]) == 0
    assert capsys.readouterr().out == first
