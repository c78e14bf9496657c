"""A run that has a name and was tidied: all that is asked of a finished run goes on, what is gone is told."""

from pathlib import Path

import pytest

from finetune.commands.export import hugging_face, plain_transformers
from finetune.runs.folder import BEST, LAST, METRICS, MODEL, PREDICTIONS


@pytest.fixture
def producao(trained, finetune, capsys):
    """The folder of a run of that name, which has been tidied."""
    assert (trained / LAST).is_file()
    assert finetune("runs", "name", "0", "producao") == 0
    assert finetune("runs", "tidy", "producao", "--force", "--yes") == 0
    assert "checkpoints/last.ckpt" in capsys.readouterr().out
    assert not (trained / LAST).exists()
    return trained


@pytest.mark.parametrize(
    "asked",
    [
        ["validate", "--run", "producao"],
        ["test", "--run", "PRODUÇÃO"],
        ["test", "--run", "producao", "--ckpt_path", "lightning_logs/version_0/checkpoints/best.ckpt"],
        ["test", "--run", "latest"],
        ["test", "--run", "best"],
        ["predict", "--run", "producao", "--text", "ferrugem na soja"],
        ["predict", "--run", "producao", "--answer", "simple", "--text", "ferrugem na soja"],
        ["report", "producao", "--no-explain"],
        ["report", "--run", "producao", "--no-explain"],
        ["runs"],
    ],
    ids=" ".join,
)
def test_every_command_works_with_it_by_its_name(producao, finetune, asked):
    assert finetune(*asked) == 0


def test_it_is_exported_by_its_name(producao, finetune, monkeypatch):
    # to start a process that loads torch takes its time, and the tests of export do
    monkeypatch.setattr(
        hugging_face, "ask_apart", lambda words, rows: plain_transformers.answered(words[1], rows)
    )
    assert finetune("export", "producao", "--format", "hf", "--output", "pasta") == 0
    assert Path("pasta/config.json").is_file()


def test_a_table_gets_the_answers_that_it_got_before(trained, finetune):
    asked = ("--data.predict_path", "dados.csv")
    assert finetune("predict", "--run", "0", *asked, "--output", "antes.csv") == 0
    assert finetune("runs", "tidy", "--yes") == 0
    assert finetune("predict", "--run", "0", *asked, "--output", "depois.csv") == 0
    assert Path("antes.csv").read_bytes() == Path("depois.csv").read_bytes()


def test_the_same_command_until_all_is_done_still_ends_well(producao, finetune, capsys):
    assert finetune("fit", "--run", "producao", "--resume") == 0
    assert "nothing is left to train. What more epochs would go on from was freed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "asked",
    [
        ["fit", "--run", "producao", "--resume", "--trainer.max_epochs", "99"],
        [
            "fit",
            "--run",
            "producao",
            "--resume",
            "--ckpt_path",
            f"lightning_logs/version_0/{LAST.as_posix()}",
        ],
        ["fit", "--data.path", "dados.csv", "--ckpt_path", f"lightning_logs/version_0/{LAST.as_posix()}"],
        ["test", "--run", "producao", "--ckpt_path", f"lightning_logs/version_0/{LAST.as_posix()}"],
    ],
    ids=" ".join,
)
def test_what_needs_the_last_checkpoint_says_that_it_was_freed_and_what_there_is(
    producao, finetune, capsys, asked
):
    assert finetune(*asked) == 2
    told = capsys.readouterr().err
    assert "last.ckpt is not there any more: finetune runs tidy has freed it" in told
    assert "\n  finetune fit --model.name lightning_logs/version_0 --data.path TABLE" in told


def test_without_its_metrics_it_is_not_begun_again_over_what_it_has_learned(producao, finetune, capsys):
    (producao / METRICS).unlink()
    best = (producao / BEST).read_bytes()
    for asked in (["--run", "producao"], ["--run", "latest"]):
        assert finetune("fit", *asked, "--resume") == 2
        assert "finetune runs tidy has freed it" in capsys.readouterr().err
    assert (producao / BEST).read_bytes() == best


def tear(run):
    """Has a number of the answers be none."""
    content = (run / PREDICTIONS).read_bytes()
    (run / PREDICTIONS).write_bytes(content.replace(b"0.", b"\0\0", 1))


@pytest.mark.parametrize(
    ("harm", "asked"),
    [
        (lambda run: (run / METRICS).write_text("{"), ["test", "--run", "producao"]),
        (tear, ["export", "producao"]),
        (lambda run: (run / MODEL / "config.json").unlink(), ["export", "producao"]),
    ],
)
def test_nobody_is_sent_to_what_was_freed(producao, finetune, capsys, harm, asked):
    harm(producao)
    assert finetune(*asked) == 2
    told = capsys.readouterr().err
    assert "Put a copy of it back, or train anew." in told
    assert "--resume" not in told
