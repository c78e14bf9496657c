"""What a checkpoint says of its training: the model's parameters, the table, the versions. Loads no weights."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from callbacks.saving.checksum import damage
from callbacks.saving.last_and_previous import previous_to
from callbacks.saving.sharded_checkpoint import facts_file
from finetune.errors import ConfigError
from finetune.files.pickled import told_of
from finetune.runs.folder import CONFIG, LAST
from finetune.runs.kind import ADAPT, FIT, trained_by
from finetune.runs.tidied import freed, is_tidied


@dataclass(frozen=True)
class Saved:
    """What a checkpoint keeps beside weights and state.

    Attributes:
        parameters: Of the model, its labels among them.
        table: The fingerprint of the tables; None in checkpoints of before.
        versions: Of what computed; empty in checkpoints of before.
        epochs: How many epochs were begun.
    """

    parameters: dict[str, Any]
    table: str | None
    versions: dict[str, str]
    epochs: int = 0

    @property
    def stands_beside_a_base(self) -> bool:
        """Whether it leaves out the weights that training began with, which are then known by their sum."""
        return bool(self.parameters.get("lora"))


def saved_facts(path: Path, *, to_go_on: bool = False, command: str = FIT) -> Saved:
    """Returns what a checkpoint was trained with.

    Args:
        path: The checkpoint.
        to_go_on: Whether training goes on from it, which takes the optimizer's state too.
        command: The one that trains what it is to be a checkpoint of.

    Raises:
        ConfigError: if it is not there, or it is not a checkpoint of this project.
    """
    run = path.parent.parent
    if path in (run / LAST, previous_to(run / LAST)) and not path.exists() and is_tidied(run):
        raise freed(run, path)
    if not path.exists():
        raise ConfigError("--ckpt_path {path}: there is no such file.", path=path)
    wrong = damage(path)
    if wrong is not None:
        raise ConfigError(
            "{path} is damaged: {wrong}. Take another checkpoint of the run (--ckpt_path {folder}/...), or train "
            "anew:\n  finetune {command} --config {config}",
            command=command,
            path=path,
            wrong=wrong,
            folder=path.parent,
            config=path.parent.parent / CONFIG,
        )
    content = _content(path)
    check_kind(path, content, command)
    # of a model that was shared out the optimizer's states stand beside the facts
    if to_go_on and ("lr_schedulers" if path.is_dir() else "optimizer_states") not in content:
        raise ConfigError(
            "{path} has the weights but not the optimizer: training cannot go on from it. Take last.ckpt:\n"
            "  finetune {command} --run RUN --resume",
            path=path,
            command=command,
        )
    return Saved(
        dict(content["hyper_parameters"]),
        _table(content),
        dict(content.get("versions", {})),
        content["loops"]["fit_loop"]["epoch_progress"]["current"]["started"] if to_go_on else 0,
    )


def step_of(checkpoint: str | None) -> int | None:
    """Returns after how many steps a checkpoint was written."""
    if checkpoint is None:
        return None
    facts = facts_file(Path(checkpoint))
    return int(torch.load(facts, weights_only=True, map_location="cpu", mmap=True)["global_step"])


def check_kind(path: Path, content: Any, command: str) -> None:
    """Refuses a checkpoint that is of something else than a command trains.

    Raises:
        ConfigError: if it is.
    """
    parameters = content.get("hyper_parameters", {}) if isinstance(content, dict) else {}
    adapted = trained_by({"model": parameters}) == ADAPT
    if command == ADAPT and not adapted:
        raise ConfigError(
            "{path} is no checkpoint of finetune adapt: it has no hyper-parameters with an objective.",
            path=path,
        )
    if command == FIT and adapted:
        raise ConfigError(
            "{path} is a checkpoint of finetune adapt: it has learned no labels. Train from its run first:\n"
            "  finetune fit --model.name {run} --data.path TABLE",
            path=path,
            run=path.parent.parent,
        )
    if command == FIT and "labels" not in parameters:
        raise ConfigError(
            "{path} is no checkpoint of a TextClassifier: it has no hyper-parameters with labels.", path=path
        )


def table_of(path: Path) -> str | None:
    """Returns the fingerprint of the tables that a checkpoint was trained on; None in those of before.

    Its weights are neither loaded nor looked at, which of large ones takes its time.

    Raises:
        ConfigError: if it cannot be opened.
    """
    content = _content(path)
    return _table(content) if isinstance(content, dict) else None


def _content(path: Path) -> Any:
    try:
        return torch.load(facts_file(path), weights_only=True, map_location="cpu", mmap=True)
    except (RuntimeError, EOFError, ValueError, FileNotFoundError, pickle.UnpicklingError) as error:
        raise ConfigError(
            "{path} cannot be opened as a checkpoint: it may be cut short or of another program. Take another "
            "checkpoint of the run, or train anew. (torch said: {text})",
            path=path,
            text=told_of(error),
        ) from error


def _table(content: dict[str, Any]) -> str | None:
    for data in ("TextData", "DomainTexts"):  # Lightning names it after the class
        if data in content:
            return str(content[data]["fingerprint"])
    return None
