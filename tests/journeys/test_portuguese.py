"""Two users who read Portuguese: one makes forty mistakes, the other trains a model and uses it. No English is shown to them."""

import gzip
import io
import os
import pty
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.english import english_sentences, visible
from tests.finetune.conftest import Fits
from tests.journeys.conftest import TINY, write_table
from tests.processes import SERVER

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as Python does for its users

PORTUGUESE = {"FINETUNE_LANGUAGE": "pt", "COLUMNS": "80"}
RUN = Path("lightning_logs/version_0")


def too_long(text: str) -> list[str]:
    """The lines of more than 80 columns; a command to copy, which begins with two blanks, may be longer, and a path alone."""
    return [
        line for line in text.splitlines() if len(line) > 80 and not line.startswith("  ") and " " in line
    ]


# ---- forty mistakes ---------------------------------------------------------------------------------------------

ROWS = "".join(f"boi gado pasto {i};a\nchuva seca frio {i};b\n" for i in range(20))
GOOD = f"texto;rotulo\n{ROWS}".encode()


def workbook() -> bytes:
    """A ZIP file as a workbook is one, without what makes it one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("leia.txt", "nada")
    return content.getvalue()


TABLES = {
    "an empty file": ("d.csv", b""),
    "only a header": ("d.csv", b"texto;rotulo\n"),
    "no column of text": ("d.csv", b"nome;rotulo\nx;a\ny;b\n"),
    "no column of labels": ("d.csv", b"texto;nome\nboi;a\nvaca;b\n"),
    "one column": ("d.csv", b"texto\nboi\nvaca\n"),
    "two columns of one name": ("d.csv", b"texto;texto;rotulo\nx;y;a\n"),
    "a picture": ("d.csv", bytes(range(256)) * 8),
    "a document": ("d.docx", workbook()),
    "a workbook that is none": ("d.xlsx", workbook()),
    "a broken gzip": ("d.csv.gz", gzip.compress(GOOD)[:40]),
    "a broken parquet": ("d.parquet", b"PAR1 nada de parquet"),
    "a broken JSON": ("d.jsonl", b'{"texto": "a", "rotulo": "b"}\n{"texto": \n'),
    "a stray quote": ("d.csv", b'texto;rotulo\n"boi; gado";a\n"vaca;b\nseca;b\nseca;a\n'),
    "too many cells": ("d.csv", b"texto,rotulo\nboi,a\nvaca, e bezerro,b\n"),
    "no label at all": ("d.csv", b"texto;rotulo\nboi;\nvaca;\n"),
    "one class": ("d.csv", b"texto;rotulo\nboi;a\nvaca;a\n"),
    "a class of one row": ("d.csv", GOOD + b"rara;c\n"),
    "too few rows": ("d.csv", b"texto;rotulo\nboi;a\nseca;b\n"),
    "numbers as texts": ("d.csv", b"texto;rotulo\n1;a\n2;b\n"),
}
"""What is wrong with a table, as its name and content."""

FIT = ("fit", "--data.path", "d.csv")
CHECK = ("check", "--data.path", "d.csv")
PREDICT = ("predict", "--run", "0", "--data.predict_path", "d.csv")
CALLS: dict[str, tuple[str, ...]] = {
    "no such file": ("fit", "--data.path", "nada.csv"),
    "an empty folder": ("fit", "--data.path", "vazia"),
    "no table named": ("fit",),
    "a wrong encoding": (*CHECK, "--data.encoding", "utf-99"),
    "a column that is not there": (*FIT, "--data.text_column", "mensagem"),
    "a misspelt command": ("fti", "--data.path", "d.csv"),
    "a misspelt option": (*FIT, "--data.pth", "x"),
    "an option without a value": (*FIT, "--trainer.max_epochs"),
    "a word for a number": (*FIT, "--trainer.max_epochs", "dois"),
    "a fraction for a whole number": (*FIT, "--data.max_length", "12.5"),
    "a word for yes or no": (*FIT, "--data.fix_encoding", "talvez"),
    "a choice that is none": (*FIT, "--data.on_findings", "parar"),
    "a negative number": (*FIT, "--data.max_length=-3"),
    "fractions above 1": (*FIT, "--data.validation_fraction", "0.6", "--data.test_fraction", "0.6"),
    "an unknown way to split": (*FIT, "--data.split", "sorteio"),
    "an unknown loss": (*FIT, "--model.loss", "focall"),
    "an unknown recipe": ("fit", "--config", "demmo"),
    "a recipe with a wrong key": ("fit", "--config", "chave.yaml"),
    "a recipe that is no YAML": ("fit", "--config", "torta.yaml"),
    "an unknown metric": (*FIT, "--early_stopping.monitor", "val/f2"),
    "an unknown callback": (*FIT, "--trainer.callbacks+=meu.Callback"),
    "an unknown accelerator": (*FIT, "--trainer.accelerator", "foo"),
    "an unknown baseline": ("baseline", "--data.path", "d.csv", "--baselines", "[tf_idf]"),
    "an unknown language": (*CHECK, "--language", "klingon"),
    "an unknown GPU": ("plan", "--data.path", "d.csv", "--gpu", "rtx9999"),
    "a model folder that is not there": (*FIT, "--model.name", "./nada"),
    "a model folder without a model": (*FIT, "--model.name", "./vazia"),
    "a model that is nowhere": (*FIT, "--model.name", "org/nada"),
    "labels that the table has not": (*FIT, "--model.labels", "[x,y]"),
    "too many folds": ("crossval", "--data.path", "d.csv", "--folds", "1"),
    "--resume without a run": ("fit", "--resume"),
    "to go on where nothing began": ("fit", "--run", "latest", "--resume"),
    "a folder that is there": (*FIT, "--folder", "vazia"),
    "a test without a model": ("test", "--data.path", "d.csv"),
    "a report of no run": ("report", "--run", "7"),
    "to delete no run": ("runs", "delete", "7", "--yes"),
    "to delete nothing": ("runs", "delete"),
    "to name a run by two words": ("runs", "name", "0", "meu modelo"),
    "to name a run as the newest": ("runs", "name", "0", "latest"),
    "to tidy no run": ("runs", "tidy", "7", "--yes"),
    "a run that is not there": ("test", "--run", "7"),
    "a checkpoint that is not there": ("test", "--run", "0", "--ckpt_path", "nada.ckpt"),
    "a table without texts to label": (
        *("predict", "--run", "0", "--data.predict_path", "outra.csv", "--output", "s.csv"),
    ),
    "output to nowhere": (*PREDICT, "--output", "nada/s.csv"),
    "output over the input": (*PREDICT, "--output", "d.csv"),
    "output of an unknown kind": (*PREDICT, "--output", "s.docx"),
    "labels that training has not": ("test", "--run", "0", "--data.test_path", "d.csv"),
    "a confidence of 7": (*PREDICT, "--output", "s.csv", "--abstain_below", "7"),
}
"""A wrong command line; those from "a run that is not there" on have a trained run."""

WITH_RUN = [*CALLS][[*CALLS].index("a run that is not there") :]


@pytest.fixture
def portuguese(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PORTUGUESE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def refused(
    portuguese: None, finetune: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """Runs a command that the user can mend, and looks at what is said."""

    def refused(*arguments: str) -> None:
        capsys.readouterr()
        status = finetune(*arguments)
        captured = capsys.readouterr()
        said = captured.out + captured.err
        assert status == 2, said
        assert captured.err.strip()
        assert "Traceback" not in said
        assert english_sentences(said) == []
        assert too_long(said) == []

    return refused


@pytest.mark.parametrize("what", TABLES)
def test_a_table_that_cannot_be_used_is_refused_in_portuguese(refused, tmp_path, what):
    name, content = TABLES[what]
    (tmp_path / name).write_bytes(content)
    refused("fit", "--data.path", name)


def with_bad_files(folder: Path) -> None:
    """What the wrong calls name."""
    (folder / "d.csv").write_bytes(GOOD)
    (folder / "outra.csv").write_text("id;n\n1;2\n", encoding="utf-8")
    (folder / "vazia").mkdir()
    (folder / "chave.yaml").write_text("data:\n  path: d.csv\n  effective_batchsize: 8\n", encoding="utf-8")
    (folder / "torta.yaml").write_text("data: [\n", encoding="utf-8")


@pytest.mark.parametrize("what", [each for each in CALLS if each not in WITH_RUN])
def test_a_wrong_call_is_refused_in_portuguese(refused, tmp_path, what):
    with_bad_files(tmp_path)
    refused(*CALLS[what])


@pytest.mark.parametrize("what", WITH_RUN)
def test_a_wrong_call_with_a_run_is_refused_in_portuguese(refused, trained, tmp_path, what):
    with_bad_files(tmp_path)
    refused(*CALLS[what])


DAMAGES: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "no model and no best checkpoint": (
        lambda: (shutil.rmtree(RUN / "model"), (RUN / "checkpoints/best.ckpt").unlink()),
        ("test", "--run", "0"),
    ),
    "half a model": (
        lambda: os.truncate(RUN / "model/model.safetensors", 2000),
        ("test", "--run", "0"),
    ),
    "half a checkpoint": (
        lambda: os.truncate(RUN / "checkpoints/best.ckpt", 2000),
        ("test", "--run", "0", "--ckpt_path", str(RUN / "checkpoints/best.ckpt")),
    ),
    "half a state to go on from": (
        lambda: os.truncate(RUN / "checkpoints/last.ckpt", 2000),
        ("fit", "--run", "0", "--resume", "--trainer.max_epochs", "5"),
    ),
    "a table that changed": (
        lambda: Path("dados.csv").write_bytes(Path("dados.csv").read_bytes() + b"999;boi novo;Clima\n"),
        ("test", "--run", "0"),
    ),
    "no configuration": ((RUN / "config.yaml").unlink, ("test", "--run", "0")),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_run_is_refused_in_portuguese(refused, trained, what):
    damage, arguments = DAMAGES[what]
    damage()
    refused(*arguments)


def test_a_cache_that_cannot_be_written_is_told_in_portuguese(refused, tmp_path, tiny_model, monkeypatch):
    with_bad_files(tmp_path)
    monkeypatch.setenv("FINETUNE_CACHE", "d.csv/cache")
    refused(*CHECK, "--model.name", str(tiny_model))


HELPS = [(), ("report",), ("runs",), *(("runs", verb) for verb in ("name", "delete", "tidy")), ("crossval",)]
"""Commands whose options are few; the options of the others are described in English."""


@pytest.mark.parametrize("command", HELPS, ids=" ".join)
def test_help_is_portuguese(portuguese, finetune, capsys, command):
    assert finetune(*command, "--help") == 0
    assert english_sentences(capsys.readouterr().out) == []


# ---- a life ---------------------------------------------------------------------------------------------------

STOPPER = """
import os, signal
import lightning.pytorch as pl

class Stopper(pl.Callback):
    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        if trainer.global_step == 30 and batch_idx == 11:
            os.kill(os.getpid(), signal.SIGINT)
"""
"""Presses Ctrl-C in the second epoch."""


class Told(NamedTuple):
    """How a command ended, and what it printed."""

    status: int | None
    text: str


def at_terminal(folder: Path, terminal: str, environment: dict[str, str], arguments: list[str]) -> None:
    """Runs `finetune ...` in a forked process, at a terminal of its own."""
    device = os.open(terminal, os.O_RDWR)
    for number in range(3):
        os.dup2(device, number)
    # those that there are belong to the server, which has no terminal
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", buffering=1), open(2, "w", buffering=1)  # noqa: SIM115
    os.environ |= environment
    os.chdir(folder)
    import torch

    torch.set_num_threads(1)
    from finetune.__main__ import main

    sys.argv = ["finetune", *arguments]
    sys.exit(main())


class Command:
    """A command that runs at a terminal."""

    def __init__(self, folder: Path, *arguments: object, typed: str = "") -> None:
        self.master, self.device = pty.openpty()
        os.write(self.master, typed.encode())
        environment = {**PORTUGUESE, "TERM": "xterm", "FINETUNE_CACHE": os.environ["FINETUNE_CACHE"]}
        self.process = SERVER.Process(
            target=at_terminal, args=(folder, os.ttyname(self.device), environment, [*map(str, arguments)])
        )
        self.process.start()

    def ended(self) -> Told:
        """Waits for its end; returns what it printed, without colours, each state of a redrawn line for itself."""
        os.set_blocking(self.master, False)
        printed, over = b"", False
        while not over:
            self.process.join(0.02)
            over = self.process.exitcode is not None
            with suppress(BlockingIOError):
                while piece := os.read(self.master, 65536):
                    printed += piece
        os.close(self.device)
        os.close(self.master)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode()).replace("\r", "\n")
        return Told(self.process.exitcode, re.sub(r"\n{2,}", "\n", text))


ENDS = {"fit, interrupted": 75}
"""Of the commands that do not come to their end: the exit status."""


def live(folder: Path, tiny_model: Path) -> dict[str, Told]:
    """Does what a user does in a week, from the first look at the table to the tidying up; returns what was told."""
    write_table(folder / "dados.csv")
    (folder / "novos.csv").write_text("texto;n\nvaca no pasto;1\nchuva e granizo;2\n", encoding="utf-8")
    (folder / "para.py").write_text(STOPPER, encoding="utf-8")
    data = ("--data.path", "dados.csv", "--model.name", tiny_model)
    options = [f"{key}={value}" for key, value in {**TINY, "--trainer.max_epochs": "3"}.items()]

    def run(*arguments: object, typed: str = "") -> Command:
        return Command(folder, *arguments, typed=typed)

    together = {"check": run("check", *data), "plan": run("plan", *data)}
    told = {
        "fit, interrupted": run("fit", *data, *options, "--trainer.callbacks+=para.Stopper").ended(),
        "fit, to the end": run("fit", "--run", 0, "--resume", "--progress_bar.plain=true").ended(),
    }
    together |= {
        "test": run("test", "--run", 0),
        "validate": run("validate", "--run", 0),
        "predict": run("predict", "--run", 0, "--data.predict_path", "novos.csv", "--output", "saida.csv"),
        "baseline": run("baseline", *data),
    }
    told |= {what: command.ended() for what, command in together.items()}
    shutil.copytree(folder / RUN, folder / "lightning_logs/version_1")
    told["report"] = run("report", 0, 1).ended()
    told["runs name"] = run("runs", "name", 0, "produção").ended()
    told["runs"] = run("runs").ended()
    told["runs tidy"] = run("runs", "tidy", typed="sim\n").ended()
    told["runs delete, after all not"] = run("runs", "delete", 1, typed="n\n").ended()
    told["runs delete"] = run("runs", "delete", 1, typed="sim\n").ended()
    return told


def test_nothing_that_is_told_from_the_first_look_to_the_tidying_up_is_english(tmp_path, tiny_model):
    told = live(tmp_path, tiny_model)
    ends = {what: each.status for what, each in told.items()}
    assert ends == dict.fromkeys(told, 0) | ENDS, "\n".join(each.text for each in told.values())
    assert sorted(run.name for run in (tmp_path / "lightning_logs").iterdir()) == ["baseline_0", "version_0"]
    texts = {what: each.text for what, each in told.items()}
    for page in (RUN / "report.html", Path("comparison.html")):
        texts[page.name] = visible((tmp_path / page).read_text(encoding="utf-8"))
    card = (tmp_path / RUN / "model/README.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    texts["model card"] = re.sub(r"(?s)```.*?```", "", card)
    assert {what: found for what, text in texts.items() if (found := english_sentences(text))} == {}


def test_a_crossval_tells_nothing_in_english(portuguese, finetune, table, monkeypatch, capsys):
    """Its folds are made up: what they tell is what a `fit` tells."""
    monkeypatch.setattr("finetune.commands.crossval.command.fit", Fits())
    assert finetune("crossval", "--data.path", "dados.csv", "--folds", 2, "--seeds", 2) == 0
    assert finetune("crossval", "--run", "latest", "--resume") == 0
    told = capsys.readouterr()
    assert "macro-F1" in told.out
    assert english_sentences(told.out + told.err) == []
