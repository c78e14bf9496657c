"""What a classifier may be asked to be: numbers in their ranges, a loss that is of its task. Trains nothing."""

from collections.abc import Sequence
from typing import Any

from finetune.errors import ConfigError
from finetune.plugins import resolve
from finetune.tasks.losses import LOSSES, RowLoss
from finetune.tasks.task import NUMBER, Facts, Task


def check_ranges(settings: dict[str, Any]) -> None:
    """Refuses hyper-parameters that no training can have.

    Args:
        settings: All of `TextClassifier`, by their names.

    Raises:
        ConfigError: if one is out of its range, or there is no such loss.
    """
    check_rates(settings, shares=("warmup_fraction", "label_smoothing"))
    if settings["lora"] is not None and not settings["freeze_embeddings"]:
        raise ConfigError(
            "--model.freeze_embeddings false does not go with --model.lora: beside adapters nothing of the pretrained "
            "model learns but its head. Leave one of them away."
        )
    if settings["keep_adapter"] and settings["lora"] is None:
        raise ConfigError("--model.keep_adapter keeps what --model.lora has learned: add --model.lora true.")
    if settings["loss"] is not None:
        resolve(settings["loss"], LOSSES, "loss")  # what is misspelt is said before the data are read


def check_language_ranges(settings: dict[str, Any]) -> None:
    """Refuses hyper-parameters with which no pretraining can go on.

    Args:
        settings: All of `DomainModel`, by their names.

    Raises:
        ConfigError: if one is out of its range.
    """
    check_rates(settings, shares=("warmup_fraction",))
    if not 0 < settings["masked_share"] < 1:
        raise ConfigError(
            "masked_share is {value!r}: it must be above 0 and below 1, such as 0.15.",
            value=settings["masked_share"],
        )


def check_rates(settings: dict[str, Any], *, shares: Sequence[str]) -> None:
    """Refuses rates and shares that no optimizer can have.

    Args:
        settings: Of a model, by their names.
        shares: Names of those that are at least 0 and below 1.

    Raises:
        ConfigError: if one is out of its range.
    """
    for name in shares:
        if not 0 <= settings[name] < 1:
            raise ConfigError(
                "{setting} is {value!r}: it must be at least 0 and below 1.",
                setting=name,
                value=settings[name],
            )
    for name in ("learning_rate", "head_learning_rate"):
        if settings[name] is not None and settings[name] < 0:
            raise ConfigError(
                "{setting} is {value!r}: it must be at least 0.", setting=name, value=settings[name]
            )
    if not 0 < settings["layer_decay"] <= 1 or settings["weight_decay"] < 0:
        raise ConfigError(
            "layer_decay {layer_decay!r} must be above 0 and at most 1, weight_decay {weight_decay!r} at least 0.",
            layer_decay=settings["layer_decay"],
            weight_decay=settings["weight_decay"],
        )
    if settings["num_cycles"] < 1:
        raise ConfigError("num_cycles is {value}: it must be at least 1.", value=settings["num_cycles"])


def check_smoothing(task: Task, smoothing: float) -> None:
    """Refuses to spread probability where there is none.

    Raises:
        ConfigError: if a number is learned, and labels shall be smoothed.
    """
    if task.problem_type == NUMBER and smoothing:
        raise ConfigError(
            "--model.label_smoothing {given:g} is for classes, and here a number is learned: leave it away.",
            given=smoothing,
        )


def loss_of(task: Task, asked: str | None, facts: Facts) -> RowLoss:
    """Returns the loss of a task, or the one that was asked for.

    Args:
        task: What is asked of the model.
        asked: A row of `LOSSES` or `package.module:function`; None for the usual one.
        facts: What the task has to know of the training rows.

    Raises:
        ConfigError: if it is one of another task.
    """
    check_loss(task, asked)
    return task.with_facts(resolve(asked or task.losses[0], LOSSES, "loss"), facts)


def check_loss(task: Task, asked: str | None) -> None:
    """Looks that a loss, where one was asked for, is none of another task.

    Raises:
        ConfigError: if it is one.
    """
    name = asked or task.losses[0]
    if name in LOSSES and name not in task.losses:
        raise ConfigError(
            "--model.loss {loss} is none of the task {task}: it can be trained by {losses}, or by a function of "
            "your own.",
            loss=name,
            task=task.name,
            losses=", ".join(task.losses),
        )
