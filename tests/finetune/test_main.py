import errno
import os
import subprocess
import sys

import pytest

from finetune import __main__ as module
from finetune import __version__
from finetune.__main__ import COMMANDS, main
from finetune.errors import UserError


@pytest.mark.parametrize("argument", [[], ["--help"], ["-h"], ["help"]])
def test_without_a_command_all_are_listed(argument, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(argument) == 0
    shown = capsys.readouterr().out
    assert all(name in shown and str(line) in shown for name, (_, line) in COMMANDS.items())
    assert max(map(len, shown.splitlines())) <= 80


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_a_misspelt_command_gets_the_nearest(capsys):
    assert main(["tets"]) == 2
    assert 'no command "tets". Did you mean "test"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["treinar"], 'no command "treinar". Did you mean "fit"'),
        (["relatorios"], 'Did you mean "report"'),
        (["dados.csv"], "\n  finetune check --data.path dados.csv\n  finetune fit --data.path dados.csv\n"),
        (["minhas", "perguntas.csv", "--trainer.max_epochs", "3"],
         '\n  finetune fit --data.path "minhas perguntas.csv" --trainer.max_epochs 3\n'),
        (["--data.path", "dados.csv"], "\n  finetune fit --data.path dados.csv\n"),
        (["fit", "—data.path", "dados.csv"], "\n  finetune fit --data.path dados.csv\n"),
        (["report", "–output", "a.html"], "\n  finetune report --output a.html\n"),
        (["—version"], "\n  finetune --version\n"),
    ],
)  # fmt: skip
def test_what_was_meant_is_told_with_a_line_to_copy(typed, said, capsys):
    assert main(typed) == 2
    assert said in capsys.readouterr().err


def test_a_reader_that_stops_early_is_no_error():
    code = "import sys; from finetune.__main__ import main; sys.exit(main(['--help']))"
    done = subprocess.run(f'{sys.executable} -c "{code}" | true', shell=True, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("command", ["fit", "predict"])
def test_help_begins_with_what_people_look_for_and_tells_of_run(command, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["finetune", command, "--help"])
    assert main() == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.index("--data.path") < shown.index("--model.name") < shown.index("--trainer.max_epochs")
    assert "RUN is a folder, its number or its name, or latest" in shown
    assert "null switches it off" in shown


def test_the_language_is_chosen_on_the_command_line_for_that_command_alone(monkeypatch, capsys):
    from finetune.language import which as language

    heard = []
    monkeypatch.setattr(module, "run", lambda argv: heard.append((argv, language.language())) or 0)
    for before in (None, "en"):
        monkeypatch.delenv("FINETUNE_LANGUAGE", raising=False)
        if before:
            monkeypatch.setenv("FINETUNE_LANGUAGE", before)
        assert main(["fit", "--language", "pt", "--data.path", "x"]) == 0
        assert os.environ.get("FINETUNE_LANGUAGE") == before
    assert heard == [(["fit", "--data.path", "x"], "pt")] * 2
    assert main(["runs", "--language=es"]) == 2
    assert "--language es: there are en (English) and pt (português)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "before"),
    [
        (UserError("no"), 2, "error: no"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (SystemExit(75), 75, ""),
    ],
)
def test_what_an_end_has_to_say_is_the_last_line_and_its_status_is_kept(
    monkeypatch, capsys, error, status, before
):
    def run(argv):
        raise error

    error.add_note("To go on: so")
    monkeypatch.setattr(module, "run", run)
    try:
        ended = main(["fit"])
    except SystemExit as end:
        ended = end.code
    assert ended == status
    said = capsys.readouterr().err
    assert before in said
    assert said.endswith("To go on: so\n")


def test_what_the_error_behind_an_error_has_to_say_is_not_lost(monkeypatch, capsys):
    def run(argv):
        cause = ValueError("no")
        cause.add_note("To go on: so")
        raise UserError("no") from cause

    monkeypatch.setattr(module, "run", run)
    assert main(["fit"]) == 2
    assert capsys.readouterr().err.endswith("To go on: so\n")


def test_a_language_that_is_not_spoken_is_refused_in_the_systems(monkeypatch, capsys):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "xx")
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    assert main(["runs"]) == 2
    assert "finetune runs: erro: FINETUNE_LANGUAGE=xx: os idiomas são en" in capsys.readouterr().err
    assert main(["--language", "xx"]) == 2
    assert capsys.readouterr().err.startswith("finetune: erro: --language xx")


def test_a_closed_pipe_is_no_error_as_windows_says_it_either(monkeypatch):
    def closed(argv):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(module, "run", closed)
    with pytest.raises(OSError, match="Invalid argument"):
        module.told_of([])
    monkeypatch.setattr(module.os, "dup2", lambda *files: None)
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "name", "nt")
        assert module.told_of([]) == 0
