"""A model folder that answers by itself, without a run: one that was exported, or any classifier of transformers."""

import json
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.lists import quoted
from finetune.language.say import Message, note
from finetune.pretrained.files import CONFIG
from finetune.pretrained.folder import model_folder
from finetune.runs.folder import is_run
from finetune.tasks.task import MULTI, NUMBER

ANSWERING = ("validate", "test", "predict")
"""Commands that need a trained model, and train none."""

HEAD = "ForSequenceClassification"
"""How the architecture of a classifier ends in `config.json`."""

NAMELESS = "LABEL_"
"""How transformers calls classes whose names nobody gave."""

TASK_OF: dict[str, str] = {MULTI: "multi_label", NUMBER: "number"}
"""What a folder is asked that says no more than its problem; one label of several in all others."""


def is_model_folder(name: str) -> bool:
    """Returns whether a name is that of a model's folder which is no run, nor part of one."""
    folder = Path(name)
    return (folder / CONFIG).is_file() and not is_run(folder) and not is_run(folder.absolute().parent)


def folder_that_answers(name: str) -> str:
    """Returns the folder of a model that answers by itself.

    Args:
        name: As `--model.name` has it.

    Raises:
        ConfigError: if its last layer is not trained to tell classes.
        ModelError: if there is no such model.
    """
    folder = model_folder(name)
    config = _config(Path(folder))
    kinds = [str(kind) for kind in config.get("architectures") or []]
    if not any(kind.endswith(HEAD) for kind in kinds):
        raise ConfigError(
            "--model.name {name} has not been trained to classify ({kinds}), so it cannot answer. Give the run that "
            "was trained from it with --run, or train first:\n  finetune fit --model.name {name} --data.path TABLE",
            name=name,
            kinds=quoted(kinds) if kinds else Message("its {file} names no architecture", file=CONFIG),
        )
    return folder


def class_names(config: dict[str, Any]) -> list[str]:
    """Returns the names of the outputs in order, as transformers has them: without names they are numbered.

    Args:
        config: The content of `config.json`.

    Raises:
        KeyError: if a number has no name.
        TypeError: if what should be names is something else.
    """
    named = config.get("id2label")
    if named is None:
        return [f"{NAMELESS}{number}" for number in range(int(config.get("num_labels", 2)))]
    return [str(named[str(number)]) for number in range(len(named))]


def task_of_config(config: dict[str, Any], key: str) -> str:
    """Returns what a model is asked: as one of ours says, or by its problem.

    Args:
        config: The content of `config.json`.
        key: Where ours say it.
    """
    if config.get(key):
        return str(config[key])
    problem = config.get("problem_type")
    if problem is None and len(class_names(config)) == 1:  # so does transformers itself
        problem = NUMBER
    return TASK_OF.get(str(problem), "single_label")


def say_what_answers(folder: Path, labels: list[str], task: str) -> None:
    """Tells what is not seen of a model that answers without its run.

    Args:
        folder: The model's.
        labels: Names of its outputs.
        task: What it is asked.
    """
    if task != "number" and all(name.startswith(NAMELESS) for name in labels):
        note(
            "{folder}: its {file} does not name the classes, so they are called {labels}; what they mean stands where "
            "the model comes from",
            folder=folder,
            file=CONFIG,
            labels=quoted(labels),
        )
    # it loads torch, for which those who look for a folder need not wait
    from finetune.evaluation.answer_file import words_weigh

    run = folder.absolute().parent
    if is_run(run) and words_weigh(run):
        note(
            "{folder} answers by its network alone; with words, as the run was trained to, it answers with --run {run}",
            folder=folder,
            run=run,
        )


def _config(folder: Path) -> dict[str, Any]:
    """The content of a model's `config.json`, which was looked at before."""
    content: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return content
