"""An export named where a run is: how it has a table read, which it keeps beside its network. Opens no network."""

import json
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.runs.folder import CONFIG, DESCRIPTION

FORMAT = 1
NETWORK = "model.onnx"
PROGRAM = "predict.py"

OPTIONS = {
    "text": "text_column",
    "pair": "text_pair_column",
    "template": "template",
}
"""What the description calls the columns of a text, and the options that say it."""

OTHERS = {
    "repairs": "fix_encoding",
    "max_characters": "max_characters",
    "max_length": "max_length",
    "lower_capitals": "lower_capitals",
}
"""The same of how a text is read."""


def is_export(folder: Path) -> bool:
    """Returns whether a folder is an export, and no run."""
    return (folder / DESCRIPTION).is_file() and not (folder / CONFIG).is_file()


def is_without_torch(folder: Path) -> bool:
    """Returns whether an export answers by its own program, which tells of a network that is missing."""
    return (folder / NETWORK).is_file() or (folder / PROGRAM).is_file()


def description(config: dict[str, Any]) -> dict[str, Any]:
    """Returns how a run has a table read, as its exports keep it.

    Args:
        config: The content of the run's `config.yaml`.
    """
    data = config.get("data") or {}
    return {
        "format": FORMAT,
        "columns": {name: data.get(option) for name, option in OPTIONS.items()},
        **{name: data.get(option) for name, option in OTHERS.items()},
    }


def options_of(folder: Path) -> list[str]:
    """Returns the options by which a table is read as the run of an export had it read.

    Raises:
        ConfigError: if the description is damaged.
    """
    file = folder / DESCRIPTION
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        columns = dict(content["columns"])
        found = {option: columns.get(name) for name, option in OPTIONS.items()}
        found |= {option: content.get(name) for name, option in OTHERS.items()}
        # one of before has them read as they are written
        found["lower_capitals"] = content.get("lower_capitals") is True
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            "{file} is damaged: it does not say how a table is read. Export the run anew:\n"
            "  finetune export --run RUN --output {folder}",
            file=file,
            folder=folder,
        ) from error
    return [
        f"--data.{option}={str(value).lower() if isinstance(value, bool) else value}"
        for option, value in found.items()
        if isinstance(value, str | int)
    ]


def refuse_without_run(command: str, folder: Path) -> ConfigError:
    """Returns that an export answers tables, and does nothing else."""
    return ConfigError(
        "{folder} is an export, which labels tables:\n  finetune predict --run {folder}\n{instead}",
        folder=folder,
        instead=Message("To train from it, give it as --model.name.")
        if command == "fit"
        else Message("Name the run that it is of."),
    )
