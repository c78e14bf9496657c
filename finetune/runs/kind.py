"""What a run is of: a classifier that fit trained, or a model that has learned a language by adapt. Opens no model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.say import AnyMessage, Message
from finetune.runs.folder import RunFolder

FIT, ADAPT = "fit", "adapt"

KINDS = {FIT: "version", ADAPT: "adapt"}
"""The commands that train, and what the names of their runs' folders begin with."""

FIRST: dict[str, AnyMessage] = {
    FIT: Message("  finetune fit --data.path TABLE"),
    ADAPT: Message("  finetune adapt --data.path TEXTS"),
}
"""What makes the first run of each, as it is shown to be copied."""


def trained_by(config: Mapping[str, Any]) -> str:
    """Returns the command that trains by a configuration: only what is adapted has an objective."""
    model = config.get("model")
    return ADAPT if isinstance(model, Mapping) and "objective" in model else FIT


def refuse_another(run: Path, command: str) -> None:
    """Refuses to go on with a run that another command trains.

    Args:
        run: Its folder.
        command: The one that is to go on with it.

    Raises:
        ConfigError: if it is another's, or its configuration is damaged.
    """
    by = trained_by(RunFolder(run).config())
    if by != command:
        raise ConfigError(
            "{run} is a run of finetune {by}, with which finetune {command} does not go on. This does:\n"
            "  finetune {by} --run {run} --resume",
            run=run,
            by=by,
            command=command,
        )


def refuse_adapted(run: Path) -> None:
    """Refuses a run that has learned no labels where a classifier is needed.

    Raises:
        ConfigError: if it is one that adapt has made, or its configuration is damaged.
    """
    if trained_by(RunFolder(run).config()) == ADAPT:
        raise ConfigError(
            "{run} has learned the language of texts, and no labels: it answers nothing yet. Train from it first:\n"
            "  finetune fit --model.name {run} --data.path TABLE",
            run=run,
        )
