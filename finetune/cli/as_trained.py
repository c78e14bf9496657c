"""The model of a checkpoint or an export as it was trained: its parameters, classes and task. Loads no weights.

What it names that is not ours runs only where the options name it too, which were looked at, or the user allows it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonargparse import Namespace

from finetune.cli.classifier_folder import class_names, task_of_config
from finetune.cli.harmless import Setting, not_harmless
from finetune.cli.take_option import take_option
from finetune.cli.trusted import listed
from finetune.errors import ConfigError
from finetune.language.capitals import KEY as LOWER_CAPITALS
from finetune.model.network import MARK, TASK
from finetune.pretrained.files import CONFIG as MODEL_CONFIG
from finetune.runs.folder import BEST, MODEL
from finetune.runs.saved import Saved
from finetune.tasks.table import AUTO


def refuse_another_task(typed: list[str], kept: str) -> None:
    """Refuses a task that was typed and is not the one that a model was trained for.

    Args:
        typed: The command and its options, as they were typed.
        kept: What the model was trained for.

    Raises:
        ConfigError: if it is another.
    """
    _, asked = take_option(typed, ("--task",))
    if asked and asked[-1] not in (AUTO, kept):
        raise ConfigError(
            "--task {asked}: the model was trained for {kept}, and answers nothing else. Leave --task away.",
            asked=asked[-1],
            kept=kept,
        )


@dataclass(frozen=True)
class Kept:
    """What an exported model says of itself.

    Attributes:
        labels: Names of the classes, in order.
        task: What it is asked: as it says, or by its problem where it is of others.
        mark: What joined several labels in the table that it was trained on; None where nothing did.
        lower_capitals: Whether it was trained to read texts in capitals in lower case.
    """

    labels: list[str]
    task: str
    mark: str | None
    lower_capitals: bool = False


def kept_by(model: Path, *, asked: str, trust: bool) -> Kept:
    """Returns what the configuration of an exported model says.

    Args:
        model: Its folder.
        asked: The task that the options name.
        trust: Whether the user allows functions that are not ours.

    Raises:
        ConfigError: if it does not name the classes, or its task is a function that neither the options name, which
            were looked at, nor the user allows.
    """
    file = model / MODEL_CONFIG
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        labels, task, mark = class_names(content), task_of_config(content, TASK), content.get(MARK)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            "{file} is damaged: it does not name the classes. Take a checkpoint of the run: add --ckpt_path {best}.",
            file=file,
            best=model.parent / BEST,
        ) from error
    if task != asked:
        refuse_foreign([("model.task", task)], file, trust=trust)
    return Kept(
        labels, task, None if mark is None else str(mark), lower_capitals=content.get(LOWER_CAPITALS) is True
    )


def refuse_foreign_task(config: Namespace, saved: Saved, checkpoint: Path, *, trust: bool) -> None:
    """Refuses the task of a checkpoint that is a function which the options do not name, which were looked at.

    Raises:
        ConfigError: if it is one, and the user does not allow it.
    """
    found = saved.parameters.get("task")
    if found not in (config.task, config.model.task):
        refuse_foreign([("model.task", found)], checkpoint, trust=trust)


def as_trained(
    model: Namespace, saved: Saved, checkpoint: Path, *, moved: str | None = None, trust: bool = False
) -> None:
    """Gives a model the parameters that a checkpoint was trained with.

    Args:
        model: Its options, which are changed.
        saved: What the checkpoint says.
        checkpoint: Where it lies.
        moved: Where the user says that the model lies which it began with; None where that was not said.
        trust: Whether the user allows functions that are not ours.

    Raises:
        ConfigError: if it names functions that neither the options name, which were looked at, nor the user allows.
    """
    others = ((f"model.{key}", each) for key, each in saved.parameters.items() if each != model.get(key))
    refuse_foreign(others, checkpoint, trust=trust)
    own_copy = Path(model.name).absolute() == checkpoint.absolute().parent.parent / MODEL
    # in that copy adapters are merged: those of the checkpoint would be added once more
    own_copy = own_copy and not saved.stands_beside_a_base
    for key in saved.parameters.keys() & model.keys():
        if key != "name" or not own_copy:  # the run's own copy of the model stands in for it
            model[key] = saved.parameters[key]
    if saved.stands_beside_a_base and moved is not None:  # by its sum it is known whether it is that one
        model.name = moved


def refuse_foreign(named: Iterable[Setting], place: Path, *, trust: bool) -> None:
    """Refuses functions that are not ours, where nobody has looked at what names them: it may be another's.

    Args:
        named: What a checkpoint or an export names, and the options do not.
        place: Where it stands.
        trust: Whether the user allows them.

    Raises:
        ConfigError: if there is one, and the user does not.
    """
    foreign = not_harmless(named)
    if foreign and not trust:
        raise ConfigError(
            "{checkpoint} was trained with functions that are not part of finetune, and would run here with all your "
            "rights:\n{named}\nIf you know what these are and want them, add --trust.",
            checkpoint=place,
            named=listed(foreign),
        )
