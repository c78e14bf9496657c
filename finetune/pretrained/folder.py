"""From the name of a pretrained model to a folder that holds all of it: embedded, a folder, or the hub's."""

from __future__ import annotations

import difflib
from pathlib import Path

import yaml

from finetune.errors import ModelError
from finetune.files.home import expanded
from finetune.language.lists import SHOWN, listed
from finetune.language.say import Message, joined
from finetune.pretrained.adapter import is_adapter, merged_folder
from finetune.pretrained.embedded import embedded_folder
from finetune.pretrained.files import CONFIG, WEIGHTS, problems
from finetune.pretrained.hub import EMBEDDED, hub_folder

RUNS = Path("lightning_logs")
"""Where runs lie, of which other options need the name alone."""


def model_folder(name: str, *, tokenizer: bool = True, weights: bool = True) -> str:
    """Returns the folder of a pretrained model, built or downloaded if need be, and checked.

    Args:
        name: `embedded`, a Hugging Face folder, a run folder of this program, or the id of a hub model.
        tokenizer: Whether a folder needs one.
        weights: Whether a folder needs these: a plan asks for shapes alone.

    Raises:
        ModelError: There is no such model, or something of it is missing.
    """
    if name == EMBEDDED:
        return str(embedded_folder())
    if not name.strip():  # it would stand for the folder at hand
        raise ModelError(
            "--model.name has an empty value: give {embedded}, a folder, or the id of a model on the hub.",
            embedded=EMBEDDED,
        )
    path = expanded(name)
    if path.exists():
        return str(_checked(path, tokenizer=tokenizer, weights=weights))
    if _is_path(name):
        raise ModelError(
            "--model.name {name}: there is no such folder. {beside}", name=name, beside=_beside(path)
        )
    if difflib.get_close_matches(name.lower(), [EMBEDDED], cutoff=0.75):
        raise ModelError(
            '--model.name {name}: there is no such model. Did you mean "{embedded}", which needs no network?',
            name=name,
            embedded=EMBEDDED,
        )
    if (RUNS / name).is_dir():
        raise ModelError(
            "--model.name {name}: there is no such folder. Did you mean {near}?", name=name, near=RUNS / name
        )
    return str(hub_folder(name))


def name_elsewhere(name: str) -> str:
    """Returns the name of a model as it can be written down: that of a folder is whole, wherever it is read."""
    path = expanded(name)
    return str(path.absolute()) if path.exists() else name


def _checked(path: Path, *, tokenizer: bool, weights: bool) -> Path:
    """Returns the folder that holds the model: a run folder keeps it in `model/`."""
    if not path.is_dir():
        raise ModelError(
            "--model.name {path} is a file: give the folder with {config}, the weights and the tokenizer.",
            path=path,
            config=CONFIG,
        )
    is_run = (path / "config.yaml").is_file() or (path / "checkpoints").is_dir()
    if is_run and not (path / CONFIG).is_file():
        if (path / "finetune.json").is_file():
            raise ModelError(
                "--model.name {path} is a run of finetune baseline: it holds what words alone (TF-IDF) have learned, "
                "and no network to begin from. Leave --model.name away, and fit begins from the usual one.",
                path=path,
            )
        if not (path / "model").is_dir():
            raise ModelError(
                "--model.name {path} is a run folder without model/: its training has not ended. Go on with it:\n"
                "  finetune {command} --run {path} --resume",
                path=path,
                command=_command_of(path),
            )
        path = path / "model"
    if is_adapter(path):
        return merged_folder(path, model_folder)
    found = problems(path, tokenizer=tokenizer, weights=weights)
    if found:
        names = sorted(entry.name for entry in path.iterdir())
        raise ModelError(
            "--model.name {path} cannot be used: the folder is empty. Give a folder as `save_pretrained` writes "
            "it, with the files of both model and tokenizer."
            if not names
            else "--model.name {path} cannot be used: {problems}. There is: {files}. Give a folder as "
            "`save_pretrained` writes it, with the files of both model and tokenizer."
            if weights
            else "--model.name {path} cannot be used: {problems}. There is: {files}. A plan for a card needs no "
            "weights, but config.json and a tokenizer. Copy the tokenizer's files into the folder too, or name a "
            "folder that has one: --data.tokenizer FOLDER.",
            path=path,
            problems=joined(found, "; "),
            files=listed(names, most=SHOWN),
        )
    return path


def _command_of(run: Path) -> str:
    """Returns the command that trains a run: what is adapted has an objective."""
    try:
        config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
        return "adapt" if "objective" in config["model"] else "fit"
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):  # whatever it is, the command says it
        return "fit"


def lacks_weights(name: str) -> bool:
    """Returns whether a name is a folder's that says what a model is like, and has no weights: enough to plan by."""
    folder = expanded(name)
    return (folder / CONFIG).is_file() and not any((folder / file).is_file() for file in WEIGHTS)


def _is_path(name: str) -> bool:
    """Whether a name that does not exist was meant as a path and not as `owner/model`."""
    return name.startswith((".", "/", "~")) or name.endswith("/") or "\\" in name or name.count("/") > 1


def _beside(path: Path) -> Message:
    """Says which folders are where the missing one was looked for."""
    parent = next(parent for parent in path.absolute().parents if parent.is_dir())
    folders = sorted(
        entry.name for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )
    near = difflib.get_close_matches(path.name, folders, n=1)
    if near:
        return Message("Did you mean {near}?", near=parent / near[0])
    if not folders:
        return Message("There are no folders in {parent}.", parent=parent)
    return Message("Folders in {parent}: {folders}.", parent=parent, folders=listed(folders, most=SHOWN))
