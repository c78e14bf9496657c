"""What a configuration may name without being trusted: rows of our tables and our callbacks, with plain values.

It is a list of what may stand there; all else is not harmless. It looks at names alone and imports nothing: importing
a module runs it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from callbacks import __all__ as exported
from callbacks.defaults import default_callbacks

GROUPS = ("data", "model", "trainer")

NESTED = ("model.lora",)
"""Options of these that have options of their own: `--model.lora.rank`."""

FUNCTIONS = {
    "data.reader": "reader",
    "data.split": "split",
    "data.more_checks": "check",
    "baselines": "baseline",
    "task": "task",
    "data.task": "task",
    "model.task": "task",
    "model.loss": "loss",
    "model.objective": "objective",
    "model.schedule": "schedule",
}
"""Options that name a function, and what it is: a row of `finetune.plugins.KINDS`."""

SEVERAL = ("data.more_checks", "baselines")
"""Those of them that name a list of functions."""

WITH_A_NUMBER = ("seed_everything", "wanted_precision", "write_report")
WITH_A_WORD = ("on_nan", "mix", "effort", "answer")
"""Options outside the groups that a kept configuration may set; any other is of one call alone."""

OF_OBJECTS = {"class_path", "init_args", "dict_kwargs"}
"""Keys by which the parser makes an object."""

TRAINER_WORDS = {
    "accelerator": r"(?i:auto|cpu|gpu|cuda|mps|tpu)",
    "strategy": r"auto|ddp|ddp_spawn|ddp_find_unused_parameters_(true|false)|fsdp2|single_device",
    "devices": r"auto|[0-9, -]+",
    "precision": r"[a-z0-9-]+",
    "max_time": r"[0-9:]+",
    "val_check_interval": r"[0-9:]+",
    "gradient_clip_algorithm": r"value|norm",
    "deterministic": r"warn",
    "profiler": r"simple",
}
"""What the Trainer's options may say in words: others of its own write files, and any other word might be a class."""

OF_UNITS = ("max_time", "val_check_interval")
"""Those that take a time by its units, such as `hours: 2`."""

ARGUMENTS = frozenset(
    {
        "accumulation",
        "activation_checkpointing",
        "check_finite",
        "check_on_train_epoch_end",
        "csv",
        "csv_without_logger",
        "divergence_threshold",
        "every_minutes",
        "every_n_steps",
        "filename",
        "interval_seconds",
        "language",
        "lora",
        "loss",
        "margin",
        "maximum",
        "min_delta",
        "minimum",
        "mode",
        "monitor",
        "on_nan",
        "patience",
        "plain",
        "precision",
        "refresh_seconds",
        "rows_to_see",
        "save_on_train_epoch_end",
        "save_weights_only",
        "stopping_threshold",
        "tie",
        "training",
        "validation",
        "verbose",
    }
)
"""Arguments of our callbacks: all but `dirpath`, a place to write to."""

KEY = re.compile(r"\w+")
ROW = re.compile(r"[A-Za-z0-9_]+")
FILE_NAME = re.compile(r"\w[\w.-]*")
OUR_CALLBACK = re.compile(rf"callbacks(\.[a-z_]+)?\.({'|'.join(exported)})")


Setting = tuple[str, Any]
"""An option's whole name and its value."""


def not_harmless(settings: Iterable[Setting]) -> list[Setting]:
    """Returns the options that name more than is in this package, or a place to write to."""
    return [(key, value) for key, value in settings if not _harmless(key, value)]


def of_file(content: Mapping[str, Any]) -> Iterator[Setting]:
    """Yields what a file of options sets."""
    for key, value in content.items():
        if key in GROUPS and (value is None or isinstance(value, dict)):
            for name, each in (value or {}).items():
                # a dot within a group would be a way past the names here
                yield f"{key}.{name}" if KEY.fullmatch(str(name)) else f"{key}: {name}", each
        else:
            yield str(key), value


def of_command_line(options: Iterable[str]) -> Iterator[Setting]:
    """Yields what the words of a command line set, each time that they set it: the parser follows every one."""
    name = ""
    for option in options:
        value = option
        if option.startswith("--"):
            name, equals, value = option.removeprefix("--").partition("=")
            if not equals:  # its value follows; or it is one that needs none
                yield name, None
                continue
        elif option.startswith("-") and not option[1:2].isdigit():
            name = option
        yield name, _read(value)


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _harmless(key: str, value: Any) -> bool:
    group, _, name = key.rpartition(".")
    if not KEY.fullmatch(name):
        return False
    if key in FUNCTIONS:
        return _rows(value, several=key in SEVERAL)
    if key in default_callbacks():
        return value is None or _our_callback(value)
    if group.removesuffix(".init_args") in default_callbacks():  # as it is typed: --early_stopping.patience
        return _arguments({name: value})
    if key == "trainer.callbacks":
        return value is None or all(map(_our_callback, value if isinstance(value, list) else [value]))
    if key == "trainer.default_root_dir":
        return value is None or (isinstance(value, str) and _is_below(value))
    if group == "trainer":
        if isinstance(value, dict) and name not in OF_UNITS:
            return False
        return _plain(value, re.compile(TRAINER_WORDS.get(name, r"(?!)")))
    if group in GROUPS or group in NESTED:  # data and model take no objects
        return _plain(value, re.compile(r"(?s:.*)"))
    return (key in WITH_A_NUMBER and _is_single(value)) or (
        key in WITH_A_WORD and (_is_single(value) or isinstance(value, str))
    )


def _rows(value: Any, *, several: bool) -> bool:
    """Only text is one: where YAML reads 1:20 as a number, the parser reads text; and a text may be a list to it."""
    if value is None:
        return True
    if isinstance(value, list) is not several:
        return False
    return all(isinstance(each, str) and ROW.fullmatch(each) for each in (value if several else [value]))


def _our_callback(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= {"class_path", "init_args"}
        and OUR_CALLBACK.fullmatch(str(value.get("class_path"))) is not None
        and _arguments(value.get("init_args") or {})
    )


def _arguments(value: Any) -> bool:
    return isinstance(value, dict) and all(_argument(name, each) for name, each in value.items())


def _argument(name: Any, value: Any) -> bool:
    if name == "dirpath":
        return value is None
    if name == "filename":
        return value is None or (isinstance(value, str) and FILE_NAME.fullmatch(value) is not None)
    return name in ARGUMENTS and (_is_single(value) or isinstance(value, str))


def _is_below(folder: str) -> bool:
    path = Path(folder)
    return not (path.is_absolute() or ".." in path.parts or ":" in folder or folder.startswith("~"))


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, date))


def _plain(value: Any, word: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return word.fullmatch(value) is not None
    if isinstance(value, list):
        return all(_plain(each, word) for each in value)
    if isinstance(value, dict):
        return not value.keys() & OF_OBJECTS and all(
            isinstance(key, str) and _plain(each, word) for key, each in value.items()
        )
    return _is_single(value)
