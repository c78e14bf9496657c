import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.__main__ import main
from finetune.commands.runs import naming
from finetune.files.lock import one_at_a_time
from finetune.runs.named import called
from finetune.runs.run_name import NAME, name_of
from tests.finetune.commands.runs.conftest import crossval_in


def test_a_name_is_given_told_and_taken_away(root, capsys):
    assert main(["runs", "name", "1"]) == 0
    assert main(["runs", "name", "1", "produção"]) == 0
    assert main(["runs", "name", "producao"]) == 0
    assert main(["runs", "name", "PRODUÇÃO", "--none"]) == 0
    assert main(["runs", "name", "1", "--none"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "lightning_logs/version_1 has no name",
        "lightning_logs/version_1 is called produção",
        "lightning_logs/version_1 is called produção",
        "lightning_logs/version_1 is no longer called produção",
        "lightning_logs/version_1 has no name",
    ]
    assert not (root / "version_1" / NAME).exists()
    assert not list(root.glob(".*"))  # no lock is left


def test_a_run_is_called_anew_and_by_which_name_before_is_told(root, capsys):
    main(["runs", "name", "2", "teste"])
    assert main(["runs", "name", "teste", "Producao"]) == 0
    assert "before, it was called teste" in capsys.readouterr().out
    assert name_of(root / "version_2") == "Producao"


def test_its_own_name_can_be_written_otherwise(root):
    main(["runs", "name", "2", "producao"])
    assert main(["runs", "name", "2", "Produção"]) == 0
    assert name_of(root / "version_2") == "Produção"


def test_a_name_that_another_run_has_is_refused_with_both(root, capsys):
    main(["runs", "name", "0", "producao"])
    assert main(["runs", "name", "2", "Produção"]) == 2
    told = capsys.readouterr().err
    assert "lightning_logs/version_0 is called producao already" in told
    assert "To have lightning_logs/version_2 called so in its place:\n" in told
    assert "\n  finetune runs name version_2 producao --move" in told
    assert name_of(root / "version_0") == "producao"
    assert name_of(root / "version_2") is None


def test_a_name_goes_on_to_another_run_and_how_to_go_back_is_told(root, capsys):
    main(["runs", "name", "0", "producao"])
    main(["runs", "name", "2", "teste"])
    assert main(["runs", "name", "2", "Produção", "--move"]) == 0
    told = capsys.readouterr().out
    assert "lightning_logs/version_2 is called Produção, and lightning_logs/version_0 no longer is." in told
    assert "\n  finetune runs name version_0 Produção --move" in told
    assert "before, it was called teste" in told
    assert name_of(root / "version_0") is None
    assert name_of(root / "version_2") == "Produção"
    assert main(["runs", "name", "version_0", "Produção", "--move"]) == 0
    assert called("producao", root) == [root / "version_0"]


def test_moving_a_name_that_nobody_has_gives_it(root):
    assert main(["runs", "name", "2", "producao", "--move"]) == 0
    assert name_of(root / "version_2") == "producao"


def test_of_a_name_that_two_copies_have_nothing_is_moved_and_one_can_be_called_otherwise(root, capsys):
    for number in (0, 1):
        (root / f"version_{number}" / NAME).write_text("producao\n")
    for command in (
        ["name", "2", "producao", "--move"],
        ["name", "producao"],
        ["delete", "producao", "--yes", "--force"],
    ):
        assert main(["runs", *command]) == 2
        told = capsys.readouterr().err
        assert "several runs are called producao: lightning_logs/version_0, lightning_logs/version_1." in told
        assert "\n  finetune runs name version_1 --none" in told
    assert main(["runs", "name", "version_1", "--none"]) == 0
    assert main(["runs", "name", "producao"]) == 0


@pytest.mark.parametrize("place", ["producao", "lightning_logs/producao"])
def test_what_is_here_already_gives_no_name(root, capsys, place):
    (root.parent / place).mkdir()
    assert main(["runs", "name", "0", "producao"]) == 2
    assert f"{place} is there, so that --run producao could mean two things" in capsys.readouterr().err


def test_several_words_are_no_name_and_one_that_is_stands_beside(root, capsys):
    assert main(["runs", "name", "0", "modelo", "de", "produção"]) == 2
    assert 'cannot be called "modelo de produção"' in capsys.readouterr().err
    assert name_of(root / "version_0") is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["0", "a", "--none"], "leave the new one and --move away"),
        (["0", "--none", "--move"], "leave the new one and --move away"),
        (["0", "--move"], "--move needs the name"),
        (
            ["9", "a"],
            r'no run "9" in lightning_logs. There are: version_0, version_1, version_2. Nothing was named.',
        ),
        (["..", "a"], 'no run ".."'),
        ([], "RUN"),
    ],
)
def test_what_does_not_fit_together_is_told(root, capsys, words, told):
    assert main(["runs", "name", *words]) == 2
    assert told in capsys.readouterr().err


def test_a_cross_validation_has_a_name_too(root):
    folder = crossval_in(root)
    assert main(["runs", "name", "crossval_0", "dobras"]) == 0
    assert name_of(folder) == "dobras"


def test_of_a_run_that_has_not_finished_it_is_said(root, capsys, monkeypatch):
    monkeypatch.delattr(rank_zero_only, "rank", raising=False)  # as where Lightning is not loaded
    assert main(["runs", "name", "0", "pronto"]) == 0
    assert not capsys.readouterr().err
    assert main(["runs", "name", "1", "producao"]) == 0
    assert (
        "lightning_logs/version_1 has not finished: until it has, --run producao may have nothing"
        in capsys.readouterr().err
    )


def test_one_names_at_a_time(root, monkeypatch):
    waits = Event()
    monkeypatch.setattr(naming, "say_that_it_waits", waits.set)
    with ThreadPoolExecutor(1) as pool:
        with one_at_a_time(root / naming.LOCK, waiting=lambda: None):
            other = pool.submit(naming.name_run, "0", "producao", root)
            assert waits.wait(60)
            assert name_of(root / "version_0") is None
        other.result(60)
    assert name_of(root / "version_0") == "producao"


def test_the_list_has_the_names_within_80_columns(root, capsys):
    main(["runs", "name", "1", "a" * 40])
    metrics = {"ranked_by": "kappa", "validation": {"kappa": 0.5}}
    (root / "version_0/metrics.json").write_text(json.dumps(metrics))
    capsys.readouterr()
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == f"  name: {'a' * 40}"
    assert lines[2].startswith("version_1 ")
    assert max(map(len, lines[:-1])) <= 80


def test_what_stands_in_a_file_of_anothers_is_shown_and_does_nothing(root, capsys):
    (root / "version_1" / NAME).write_bytes(b"\x1b[31mlatest\n")
    assert main(["runs"]) == 0
    assert "\x1b" not in capsys.readouterr().out
