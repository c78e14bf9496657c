"""What a checkpoint says of its model, and how that meets the command line. Loads no weights into anything."""

import pickle
from pathlib import Path
from typing import Any

import torch

from finetune.errors import ConfigError


def saved_parameters(path: Path, *, to_go_on: bool = False) -> dict[str, Any]:
    """Returns the model's parameters that a checkpoint was trained with.

    Args:
        path: The checkpoint.
        to_go_on: Whether training goes on from it, which takes the optimizer's state too.

    Raises:
        ConfigError: if there is no such file, or it is not a checkpoint of this project.
    """
    if not path.is_file():
        raise ConfigError(f"--ckpt_path {path}: there is no such file.")
    try:
        content = torch.load(path, weights_only=True, map_location="cpu", mmap=True)
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"{path} cannot be opened as a checkpoint: {reason}. It may be cut short or of another program; take "
            "another checkpoint of the run, or train anew."
        ) from error
    if not isinstance(content, dict) or "labels" not in content.get("hyper_parameters", {}):
        raise ConfigError(
            f"{path} is no checkpoint of a TextClassifier: it has no hyper-parameters with labels."
        )
    if to_go_on and "optimizer_states" not in content:
        raise ConfigError(
            f"{path} has the weights but not the optimizer: training cannot go on from it. Take last.ckpt: "
            "finetune fit --run RUN --resume."
        )
    return dict(content["hyper_parameters"])


def differences(saved: dict[str, Any], asked: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Returns the parameters that differ, as (saved, asked); labels that were not asked for do not count."""
    return {
        key: (saved[key], asked[key])
        for key in saved.keys() & asked.keys()
        if saved[key] != asked[key] and not (key == "labels" and asked[key] is None)
    }


def refuse_changes(changed: dict[str, tuple[Any, Any]]) -> None:
    """Refuses to go on with a changed model.

    Raises:
        ConfigError: if anything changed; names both values of each.
    """
    if changed:
        listed = "; ".join(
            f"{key} was {was!r} and is now {now!r}" for key, (was, now) in sorted(changed.items())
        )
        raise ConfigError(
            f"the run cannot go on with a changed model: {listed}. Leave these options away to go on, or train "
            "anew without --resume."
        )
