"""What every exported callback must hold: a new one is tested by being in `callbacks.__all__`."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, Trainer

import callbacks

# What a callback must be given; one that needs nothing has no row
ARGUMENTS: dict[str, dict[str, Any]] = {
    "BestCheckpoint": {"monitor": "val/score", "mode": "max"},
    "EarlyStopping": {"monitor": "val/score", "mode": "max"},
    "OverfittingWatch": {"training": "train/loss", "validation": "val/score", "mode": "min"},
    "ResourceMonitor": {"interval_seconds": 0.05, "csv_without_logger": True},
}
FOLDER = Path(callbacks.__file__).parent
every_callback = pytest.mark.parametrize("name", callbacks.__all__)


def build(name: str) -> list[Callback]:
    """The callback, and one that writes a checkpoint to resume from."""
    made = getattr(callbacks, name)(**ARGUMENTS.get(name, {}))
    return [made] if name == "LastCheckpoint" else [made, callbacks.LastCheckpoint()]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def test_there_are_callbacks() -> None:
    assert len(callbacks.__all__) >= 5
    assert set(callbacks.__all__) == set(callbacks._MODULES)
    assert set(ARGUMENTS) <= set(callbacks.__all__)


@every_callback
def test_is_a_callback_with_help_for_each_argument(name: str) -> None:
    cls = getattr(callbacks, name)
    assert issubclass(cls, Callback)
    for argument in inspect.signature(cls).parameters:
        assert f"        {argument}: " in cls.__doc__, f"{name}({argument}=...) has no help"
    words = " ".join(cls.__doc__.split())
    assert "Logs no key" in words or re.search(r"\w+/\w+", words)


@every_callback
def test_two_fits(name: str, make_trainer: Callable[..., Trainer], tiny: Any) -> None:
    made = build(name)
    trainer = make_trainer(*made)
    trainer.fit(tiny())
    trainer.fit_loop.max_epochs = 2
    trainer.fit(trainer.lightning_module)
    assert trainer.global_step == 8
    other = make_trainer(*made)
    other.fit(tiny())
    assert other.global_step == 4


@every_callback
def test_resume(name: str, make_trainer: Callable[..., Trainer], tiny: Any) -> None:
    first = make_trainer(*build(name))
    first.fit(tiny())
    last = Path(first.log_dir or "", "checkpoints", "last.ckpt")
    state = torch.load(last, weights_only=True)
    assert state["global_step"] == 4
    assert state["optimizer_states"]
    second = make_trainer(*build(name), max_epochs=3)
    second.fit(tiny(), ckpt_path=last, weights_only=True)
    assert second.global_step == 12
    assert second.current_epoch == 3


@every_callback
def test_teardown_and_exception_twice(name: str, make_trainer: Callable[..., Trainer], tiny: Any) -> None:
    class Broken(tiny):  # type: ignore[misc]
        def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
            raise RuntimeError("broken on purpose")

    made = build(name)
    trainer = make_trainer(*made)
    with pytest.raises(RuntimeError, match="broken on purpose"):
        trainer.fit(Broken())
    for _ in range(2):
        made[0].on_exception(trainer, trainer.lightning_module, RuntimeError())
        made[0].teardown(trainer, trainer.lightning_module, "fit")


@every_callback
def test_every_stage_without_logger(name: str, make_trainer: Callable[..., Trainer], tiny: Any) -> None:
    trainer = make_trainer(*build(name), logger=False)
    model = tiny()
    trainer.fit(model)
    trainer.validate(model, verbose=False)
    trainer.test(model, verbose=False)
    trainer.predict(model)
    assert trainer.global_step == 4


@every_callback
def test_fast_dev_run_writes_nothing(
    name: str, make_trainer: Callable[..., Trainer], tiny: Any, tmp_path: Path
) -> None:
    make_trainer(*build(name), fast_dev_run=True).fit(tiny())
    assert list(tmp_path.iterdir()) == []


def test_import_is_instant() -> None:
    code = (
        "import sys, callbacks, callbacks.defaults; "
        "print([m for m in ('torch', 'lightning', 'psutil', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_unknown_name_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'; it has BestCheckpoint"):
        callbacks.Nothing  # noqa: B018


def test_knows_nothing_of_text() -> None:
    files = list(FOLDER.rglob("*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] not in ("finetune", "transformers", "datasets"), (
                    f"{file} imports {name}"
                )
