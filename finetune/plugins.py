"""Finds a function by its row in a table of ours or by `package.module:function`. Holds no table."""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from finetune.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])


def resolve(name: str, table: Mapping[str, F], what: str) -> F:
    """Returns the function that a name stands for.

    Args:
        name: A row of the table, or `package.module:function`.
        table: The rows there are.
        what: What the function is, as the user would say it: "reader", "loss", "schedule".

    Raises:
        ConfigError: No such row, no such module, no such function; or what stands there cannot be called.
    """
    if name in table:
        return table[name]
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute):
        rows = ", ".join(sorted(table))
        raise ConfigError(f'there is no {what} "{name}": there are {rows}; or package.module:function')
    return cast(F, _load(module, attribute, f'{what} "{name}"'))


def _load(module: str, attribute: str, what: str) -> object:
    search_here()
    try:
        found: Any = importlib.import_module(module)
    except (
        ImportError,
        SyntaxError,
        ValueError,
        TypeError,
    ) as error:  # the last two: names such as "" or ".a"
        raise ConfigError(
            f'{what}: the module "{module}" cannot be imported ({error}): '
            f"is it spelt right, and installed or in this folder ({Path.cwd()})?"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            there = ", ".join(key for key in vars(found) if not key.startswith("_")) or "nothing"
            raise ConfigError(f'{what}: "{module}" has no "{attribute}"; it has {there}')
        found = getattr(found, part)
    if not callable(found):
        raise ConfigError(f'{what}: "{attribute}" in "{module}" is a {type(found).__name__}, not a function')
    return cast(object, found)


def search_here() -> None:
    """A file beside the user can be imported; last in the search, so that it hides no installed package."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
        importlib.invalidate_caches()
