"""A small table that a tiny model can learn, and the command line called as a user would call it."""

import csv
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.made_once import made_once

WORDS = {
    "Pecuária": "boi vaca bezerro gado leite pasto pastagem rebanho",
    "Clima": "chuva seca geada clima calor frio granizo estiagem",
    "Preços": "preço mercado cotação dólar saca alta queda barato",
}


def sentences(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Rows of texts of very different lengths, each with at least one word that tells its class."""
    choice = random.Random(seed)
    rows = []
    for number in range(count):
        label = list(WORDS)[number % 3]
        words = choice.choices(WORDS[label].split(), k=choice.randint(1, 4)) + choice.choices(
            [
                "a",
                "o",
                "e",
                "de",
                "em",
                "no",
                "na",
                "um",
                "uma",
                "com",
                "por",
                "para",
                "hoje",
                "ontem",
                "semana",
                "produtor",
            ],
            k=choice.randint(1, 25),
        )
        choice.shuffle(words)
        rows.append((" ".join(words), label))
    return rows


TINY = {
    "--model.learning_rate": "0.004",
    "--model.layer_decay": "1",
    "--model.freeze_embeddings": "false",
    "--data.effective_batch_size": "8",
    "--trainer.max_epochs": "12",
}
"""What a model that starts from nothing needs to learn the small table."""


def write_table(path: Path) -> Path:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["id", "texto", "rotulo"])
        writer.writerows((number, *row) for number, row in enumerate(sentences(180)))
    return path


def call(folder: Path, tiny_model: Path, *arguments: object) -> int:
    """Runs `finetune ...` in a folder; returns the exit status. A new `fit` gets the tiny model."""
    from finetune.__main__ import main

    argv = [str(argument) for argument in arguments]
    if argv[:1] == ["fit"] and "--resume" not in argv:
        defaults = {"--model.name": str(tiny_model), "--write_report": "false", **TINY}
        argv += [
            f"{key}={value}"
            for key, value in defaults.items()
            if not any(a.partition("=")[0] == key for a in argv)
        ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["finetune", *argv])
        try:
            return main()
        except SystemExit as exit_:
            return int(exit_.code or 0)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "dados.csv")


@pytest.fixture
def finetune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path
) -> Iterator[Callable[..., int]]:
    """`call`, in an empty folder that is also the test's own: another test may have a plug-in of the same name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield partial(call, tmp_path, tiny_model)
    for name in sys.modules.keys() - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


DRAWN = ("test_kinds", "test_report")
"""Modules whose runs draw their figures; so does whatever is made for several tests, or in another process."""


@pytest.fixture(autouse=True)
def _undrawn_elsewhere(request: pytest.FixtureRequest) -> None:
    if request.module.__name__.rpartition(".")[2] not in DRAWN:
        request.getfixturevalue("undrawn")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """A folder in which one run was trained, for all tests that only look or go on: copy it first."""

    def make(folder: Path) -> None:
        write_table(folder / "dados.csv")
        assert call(folder, tiny_model, "fit", "--data.path", "dados.csv", "--write_report", "true") == 0

    return made_once(tmp_path_factory, "finished", make)


@pytest.fixture(scope="session")
def finished_alone(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """The same of a network that answers alone, with validation rows enough for a temperature."""
    asked = (
        "--mix=none",
        "--data.validation_fraction=0.3",
        "--baselines=null",
        "--model.learning_rate=0.002",
    )

    def make(folder: Path) -> None:
        write_table(folder / "dados.csv")
        assert call(folder, tiny_model, "fit", "--data.path", "dados.csv", *asked) == 0

    return made_once(tmp_path_factory, "finished_alone", make)


@pytest.fixture
def alone(finished_alone: Path, tmp_path: Path) -> Path:
    """The run folder of that run, in the test's own folder."""
    shutil.copytree(finished_alone, tmp_path, dirs_exist_ok=True)
    return Path("lightning_logs/version_0")


@pytest.fixture
def trained(finished: Path, tmp_path: Path) -> Path:
    """The run folder of a finished run, in the test's own folder."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return Path("lightning_logs/version_0")
