"""What is found by name: a row of a table, `package.module:function`, or an optional package."""

import importlib
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from finetune.errors import ConfigError, UserError
from finetune.language.lists import listed
from finetune.language.say import AnyMessage, Message, joined
from finetune.language.typed import command_line
from finetune.moved import said_of_moved

F = TypeVar("F", bound=Callable[..., Any])


KINDS = {
    "reader": Message("reader", context="a function by name"),
    "split": Message("split", context="a function by name"),
    "check": Message("check", context="a function by name"),
    "baseline": Message("baseline", context="a function by name"),
    "loss": Message("loss", context="a function by name"),
    "schedule": Message("schedule", context="a function by name"),
    "task": Message("task", context="a function by name"),
    "objective": Message("objective", context="a function by name"),
}
"""What a function is called that is found by name."""


def resolve(name: str, table: Mapping[str, F], what: str) -> F:
    """Returns the function that a name stands for.

    Args:
        name: A row of the table, or `package.module:function`.
        table: The rows there are.
        what: What the function is: a row of `KINDS`.

    Raises:
        ConfigError: No such row, no such module, no such function; or what stands there cannot be called, or is of
            another module.
    """
    if name in table:
        return table[name]
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute):
        raise ConfigError(
            'there is no {what} "{name}": there are {rows}; or package.module:function',
            what=KINDS[what],
            name=name,
            rows=", ".join(sorted(table)),
        )
    return cast(F, _load(module, attribute, joined([KINDS[what], f'"{name}"'])))


def _load(module: str, attribute: str, what: AnyMessage) -> object:
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
            '{what}: the module "{module}" cannot be imported ({cause}): {advice}',
            what=what,
            module=module,
            cause=Message("there is no module {name}", name=error.name)
            if isinstance(error, ModuleNotFoundError)
            else Message("Python said: {text}", text=str(error)),
            advice=said_of_moved(str(error))
            or Message("is it spelt right, and installed or in this folder ({folder})?", folder=Path.cwd()),
        ) from error
    for part in attribute.split("."):
        of_a_module = isinstance(found, ModuleType)
        if not (hasattr(found, part) and (of_a_module or isinstance(found, type))):
            there = [key for key in getattr(found, "__dict__", {}) if not key.startswith("_")]
            raise ConfigError(
                '{what}: "{module}" has no "{attribute}"; {instead}',
                what=what,
                module=module,
                attribute=attribute,
                instead=said_of_moved(f"{module}.{attribute}")
                or (Message("it has {names}", names=listed(there)) if there else Message("it has nothing")),
            )
        found = getattr(found, part)
        if isinstance(found, ModuleType):
            break
    if not callable(found):
        raise ConfigError(
            '{what}: "{attribute}" in "{module}" is of type {kind}, not a function',
            what=what,
            attribute=attribute,
            module=module,
            kind=type(found).__name__,
        )
    if not _is_of(found, module):
        raise ConfigError(
            '{what}: "{attribute}" is not of "{module}", which only has it from "{home}": name it where it is defined, '
            "or write a function of your own that calls it",
            what=what,
            attribute=attribute,
            module=module,
            home=getattr(found, "__module__", None) or "?",
        )
    return cast(object, found)


def _is_of(found: object, module: str) -> bool:
    """Whether something was defined in a module or below it: a package may show what its own modules define."""
    if isinstance(found, partial):  # it knows no place of its own, so it is where it stands
        return True
    home = getattr(found, "__module__", None)
    return isinstance(home, str) and (home == module or home.startswith(f"{module}."))


def search_here() -> None:
    """A file beside the user can be imported; last in the search, so that it hides no installed package."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
        importlib.invalidate_caches()


def have(package: str) -> bool:
    """Says whether an optional package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None


def require(package: str) -> ModuleType:
    """Imports an optional package, or says how to install it."""
    require_all(package)
    return importlib.import_module(package)


def require_all(*packages: str) -> None:
    """Asks for optional packages, of which none is imported; says of all that are not there how to install them.

    Raises:
        UserError: if one is not installed.
    """
    missing = [package for package in packages if not have(package)]
    if missing:
        raise UserError(
            'the package "{packages}" is not installed. To install it:\n  {command}',
            "the packages {packages} are not installed. To install them:\n  {command}",
            n=len(missing),
            packages=missing[0] if len(missing) == 1 else listed(missing, told=lambda name: f'"{name}"'),
            command=install_command(*missing),
        )


DISTRIBUTION = "finetune-text"


def install_command(*packages: str, options: Sequence[str] = ()) -> str:
    """Returns the command that brings packages into the Python that runs, in the versions that this project needs.

    The packages themselves are named, for an extra of `finetune-text` could only be asked of where that came from.
    Where there is no pip it is uv's command, or two lines, the first of which brings pip.

    Args:
        packages: Their names.
        options: Of pip.
    """
    wanted = [*options, *map(requirement, packages)]
    if not have("pip") and _made_by_uv():
        return _uv_install(wanted)
    lines = [] if have("pip") else [pip_command()]
    return "\n  ".join([*lines, command_line([sys.executable, "-m", "pip", "install", *wanted])])


def pip_command() -> str:
    """Returns the command that brings pip into an environment that was made without it."""
    ensured = command_line([sys.executable, "-m", "ensurepip", "--upgrade"])
    return _uv_install(["pip"]) if _made_by_uv() else ensured


def _uv_install(wanted: Sequence[str]) -> str:
    return command_line(["uv", "pip", "install", "--python", sys.executable, *wanted])


def _made_by_uv() -> bool:
    """Whether the environment of this Python says that uv has made it: then uv is there, and it needs no pip."""
    made = Path(sys.prefix, "pyvenv.cfg")
    return made.is_file() and re.search(r"^uv *=", made.read_text(encoding="utf-8"), re.MULTILINE) is not None


def requirement(package: str) -> str:
    """Returns a package with its versions as our own metadata have them; the name alone where they do not name it."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    try:
        lines = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:  # the sources, which were not installed
        lines = []
    for needed in map(Requirement, lines):
        if canonicalize_name(needed.name) == canonicalize_name(package):
            return f"{needed.name}{needed.specifier}"
    return package
