"""What a configuration may name without being trusted: rows of our tables and our callbacks, with plain values.

It looks at names alone and imports nothing: importing a module runs it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from callbacks import __all__ as exported
from callbacks.defaults import default_callbacks

GROUPS = ("data", "model", "trainer")

FUNCTIONS = {
    "data.reader": "reader",
    "data.split": "split",
    "data.more_checks": "check",
    "baselines": "baseline",
    "model.loss": "loss",
    "model.schedule": "schedule",
}
"""Options that name a function, and what it is: a row of `finetune.plugins.KINDS`."""

CHOICES = ("on_nan", "mix")
"""Options outside the groups whose value is a word; another that is one might be a file to write."""

OF_OBJECTS = {"class_path", "init_args", "dict_kwargs"}
"""Keys by which the parser makes an object."""

KEY = re.compile(r"\w+")
OUR_CALLBACK = re.compile(rf"callbacks(\.[a-z_]+)?\.({'|'.join(exported)})")
# neither a class (it would have a dot, or a capital), nor a function, nor a path
SETTING = re.compile(r"[a-z0-9_,:-]*")
ARGUMENT = re.compile(r"[^.:\\/][^.:\\]*")


Setting = tuple[str, Any]
"""An option's whole name and its value."""


def not_harmless(settings: Iterable[Setting]) -> list[Setting]:
    """Returns the options that name more than is in this package, or a place to write to."""
    return [(key, value) for key, value in settings if not _harmless(key, value)]


def of_file(content: Mapping[str, Any]) -> Iterator[Setting]:
    """Yields what a file of options sets."""
    for key, value in content.items():
        if key in GROUPS and isinstance(value, dict):
            for name, each in value.items():
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
                yield name, True
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
    group, dot, name = key.rpartition(".")
    if not KEY.fullmatch(name):
        return False
    if key in FUNCTIONS:
        # a row has no colon; and only text is one: where YAML reads 1:20 as a number, the parser reads text
        names = value if isinstance(value, list) else [value]
        return all(each is None or (isinstance(each, str) and ":" not in each) for each in names)
    if key == "trainer.callbacks":
        return value is None or all(map(_our_callback, value if isinstance(value, list) else [value]))
    if key == "trainer.default_root_dir":
        return value is None or (isinstance(value, str) and _is_below(value))
    if key in default_callbacks():
        return value is None or _our_callback(value)
    if group.removesuffix(".init_args") in default_callbacks():  # as it is typed: --early_stopping.patience
        return name not in OF_OBJECTS and _arguments({name: value})
    if group == "trainer":
        return _plain(value, lambda text: SETTING.fullmatch(text) is not None)
    return (not dot or group in GROUPS) and _plain(value, lambda text: group in GROUPS or key in CHOICES)


def _our_callback(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= {"class_path", "init_args"}
        and OUR_CALLBACK.fullmatch(str(value.get("class_path"))) is not None
        and _arguments(value.get("init_args") or {})
    )


def _arguments(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("dirpath") is not None:
        return False
    return _plain(value, lambda text: ARGUMENT.fullmatch(text) is not None)


def _is_below(folder: str) -> bool:
    path = Path(folder)
    return not (path.is_absolute() or ".." in path.parts or ":" in folder or folder.startswith("~"))


def _plain(value: Any, word: Callable[[str], bool]) -> bool:
    if isinstance(value, str):
        return word(value)
    if isinstance(value, list):
        return all(_plain(each, word) for each in value)
    if isinstance(value, dict):
        return not value.keys() & OF_OBJECTS and all(
            isinstance(key, str) and _plain(each, word) for key, each in value.items()
        )
    return value is None or isinstance(value, (bool, int, float))
