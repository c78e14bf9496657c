"""The options of the default callbacks, which all verbs share."""

from importlib import import_module

from lightning.pytorch import Callback
from lightning.pytorch.cli import LightningArgumentParser

from callbacks.defaults import ClassSpec, default_callbacks
from finetune.runs.kind import ADAPT


def callback_class(path: str) -> type[Callback]:
    """Returns the class of a class path."""
    module, _, name = path.rpartition(".")
    found: type[Callback] = getattr(import_module(module), name)
    return found


NOT_OF_LANGUAGE = {"overfitting_watch"}
"""Callbacks that look at what is measured by labels."""

STEPS_OF_LANGUAGE = {"rows_to_see": 20_000, "minimum": 1, "maximum": 20}
"""How many epochs adapt takes: a language is learned of more than labels are, and of much text in one pass."""


def callbacks_of(command: str) -> dict[str, ClassSpec]:
    """Returns the callbacks that a command takes options for: all, as they may stand in a run's `config.yaml`."""
    found = default_callbacks()
    if command == ADAPT:
        found = {key: spec for key, spec in found.items() if key not in NOT_OF_LANGUAGE}
        found["epochs_by_rows"]["init_args"] = STEPS_OF_LANGUAGE
    return found


def add_callback_options(parser: LightningArgumentParser, command: str) -> None:
    """Adds one key a default callback, so that YAML and flags can change it or switch it off.

    All commands take those that stand in a run's `config.yaml`.

    Args:
        parser: Of the command.
        command: Its name.
    """
    for key, default in callbacks_of(command).items():
        kind = callback_class(default["class_path"])
        summary = (kind.__doc__ or "").strip().splitlines()[0]
        parser.add_argument(
            f"--{key}",
            type=kind | None,
            default=default,
            help=f"{summary} null switches it off; --{key}.help lists its options.",
        )
