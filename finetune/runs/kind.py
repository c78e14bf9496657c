"""What a run is of: a classifier that fit trained, a language that adapt has learned, words alone by baseline.

Opens no model.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.say import AnyMessage, Message
from finetune.runs.folder import CONFIG, DESCRIPTION, RunFolder, version

FIT, ADAPT, BASELINE = "fit", "adapt", "baseline"

KINDS = {FIT: "version", ADAPT: "adapt"}
"""The commands that train step by step, and what the names of their runs' folders begin with."""

NAMES = {**KINDS, BASELINE: "baseline"}
"""The same of all that leave runs."""

FIRST: dict[str, AnyMessage] = {
    FIT: Message("  finetune fit --data.path TABLE"),
    ADAPT: Message("  finetune adapt --data.path TEXTS"),
    BASELINE: Message("  finetune baseline --data.path TABLE"),
}
"""What makes the first run of each, as it is shown to be copied."""


def trained_by(config: Mapping[str, Any]) -> str:
    """Returns the command that trains by a configuration: only what is adapted has an objective."""
    model = config.get("model")
    return ADAPT if isinstance(model, Mapping) and "objective" in model else FIT


def is_of_words(run: Path) -> bool:
    """Returns whether a run holds what words alone have learned, and no network: by what it has, or its name."""
    return (run / CONFIG).is_file() and (
        (run / DESCRIPTION).is_file() or version(run.absolute(), NAMES[BASELINE]) >= 0
    )


def refuse_words(run: Path, what: AnyMessage | str) -> None:
    """Refuses a run of words alone where a network is needed.

    Args:
        run: Its folder.
        what: What is asked of it, as it goes on behind "which".

    Raises:
        ConfigError: if it is one.
    """
    if is_of_words(run):
        raise ConfigError(
            "{run} is a run of finetune baseline: it answers by words alone (TF-IDF), and has no network, which {what} "
            "needs. Train one on the same table:\n  finetune fit --config {config}",
            run=run,
            what=what,
            config=run / CONFIG,
        )


def refuse_another(run: Path, command: str) -> None:
    """Refuses to go on with a run that another command trains.

    Args:
        run: Its folder.
        command: The one that is to go on with it.

    Raises:
        ConfigError: if it is another's, or its configuration is damaged.
    """
    refuse_words(run, Message("--resume"))
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
