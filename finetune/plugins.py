"""What is found by name: a row of a table, `package.module:function`, an optional package, a module that has moved."""

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

F = TypeVar("F", bound=Callable[..., Any])


KINDS = {
    "reader": Message("reader", context="a function by name"),
    "split": Message("split", context="a function by name"),
    "check": Message("check", context="a function by name"),
    "baseline": Message("baseline", context="a function by name"),
    "loss": Message("loss", context="a function by name"),
    "schedule": Message("schedule", context="a function by name"),
    "task": Message("task", context="a function by name"),
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
    if not have(package):
        raise UserError(
            'the package "{package}" is not installed. To install it:\n  {command}',
            package=package,
            command=install_command(package),
        )
    return importlib.import_module(package)


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


ROOMS = {
    "callbacks.hardware": "gpus machine measured_peak memory_estimate plan plan_report planner precision proof "
    "resource_sample tiers trainer_changes trial workload",
    "callbacks.metrics": "monitored overfitting seen_loss",
    "callbacks.progress": "batch_shape pace",
    "callbacks.saving": "checkpoint_io checksum exact_state last_and_previous loop_progress metric_states on_disk "
    "random_states sharded_checkpoint stop_signals summed_file",
    "finetune.cli": "lasting_output parser resume trainer_settings",
    "finetune.data.batching": "batches loader tokenizer tokens",
    "finetune.data.dividing": "divisible fingerprint fold moments parts splits stratified",
    "finetune.data.reading": "columns delimited dialect encoding folding hub json_lines loaded mojibake opening "
    "parquet readers sources spreadsheet table",
    "finetune.evaluation": "score_names",
    "finetune.files": "cache",
    "finetune.language": "numbers",
    "finetune.model.faster": "attention dropout first_token packing",
    "finetune.pretrained": "embedded embedded_format",
    "finetune.processes": "failures fsdp2 parent same_everywhere shared_folder slurm",
    "finetune.report.figures": "drawing measures",
    "finetune.runs": "changes versions",
}
"""Modules that went into a room and kept their names: `finetune.fsdp2` is `finetune.processes.fsdp2`."""

RENAMED = {
    "callbacks.hardware": "callbacks.hardware.limits",
    "callbacks.progress_display": "callbacks.progress.display",
    "callbacks.system_language": "callbacks.language.which",
    "finetune.baseline": "finetune.evaluation.baselines",
    "finetune.checkpoints": "finetune.runs.saved",
    "finetune.cli": "finetune.cli.lightning_cli",
    "finetune.commands.predict": "finetune.commands.predict.command",
    "finetune.data.checks.label_errors": "finetune.evaluation.label_errors",
    "finetune.data.checks.report": "finetune.data.checks.told",
    "finetune.data.dividing.labels": "finetune.data.labels.outputs",
    "finetune.data.labels": "finetune.data.labels.outputs",
    "finetune.data.reading": "finetune.data.loading",
    "finetune.data.reading.class_names": "finetune.data.labels.class_names",
    "finetune.data.reading.joined_labels": "finetune.data.labels.joined",
    "finetune.data.reading.label_columns": "finetune.data.labels.columns",
    "finetune.data.reading.label_order": "finetune.data.labels.order",
    "finetune.data.reading.label_wish": "finetune.data.labels.wish",
    "finetune.data.reading.labels": "finetune.data.labels.read",
    "finetune.data.reading.likely_task": "finetune.data.labels.likely_task",
    "finetune.data.reading.lookalikes": "finetune.data.labels.lookalikes",
    "finetune.data.reading.number_column": "finetune.data.labels.number_column",
    "finetune.data.reading.number_labels": "finetune.data.labels.numbers",
    "finetune.data.wording": "finetune.language.lists",
    "finetune.evaluation.yardstick": "finetune.evaluation.beside_baselines",
    "finetune.extras": "finetune.plugins",
    "finetune.language": "finetune.language.which",
    "finetune.model.calibration": "finetune.tasks.calibration",
    "finetune.model.losses": "finetune.tasks.losses",
    "finetune.model.metrics": "finetune.tasks.class_metrics",
    "finetune.model.row_metrics": "finetune.tasks.row_metrics",
    "finetune.model_files": "finetune.pretrained.files",
    "finetune.model_hub": "finetune.pretrained.hub",
    "finetune.predictions": "finetune.evaluation.predicted_table",
    "finetune.pretrained": "finetune.pretrained.folder",
    "finetune.report.class_figures": "finetune.report.figures.classes",
    "finetune.report.confidence_figures": "finetune.report.figures.confidence",
    "finetune.report.side_by_side": "finetune.report.side_by_side.pairs",
    "finetune.report.time_figures": "finetune.report.figures.time",
    "finetune.run_lock": "finetune.runs.lock",
    "finetune.run_logger": "finetune.runs.logger",
    "finetune.runs": "finetune.runs.folder",
}
"""Modules that have another name now."""

MOVED = RENAMED | {
    f"{room.rpartition('.')[0]}.{name}": f"{room}.{name}"
    for room, names in ROOMS.items()
    for name in names.split()
}

OURS = re.compile(r"(?<![\w.])(?:finetune|callbacks)(?:\.\w+)+")
MISSING = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def moved(name: str) -> str | None:
    """Returns the name that a dotted name of ours has now; None where it is as it was.

    Args:
        name: Of a module, or of what is in one: `finetune.run_logger.RunLogger`.
    """
    parts = name.split(".")
    # the longest first: `finetune.data.reading.table` is there, `finetune.data.reading` was a file
    for length in range(len(parts), 1, -1):
        head = ".".join(parts[:length])
        if head in MOVED:
            return ".".join([MOVED[head], *parts[length:]])
        if is_there(head):
            return None
    return None


def is_there(module: str) -> bool:
    """Returns whether there is a module of ours of that name; imports nothing."""
    place = Path(__file__).parents[1].joinpath(*module.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def said_of_moved(message: str) -> Message | None:
    """Returns where that is now which a message did not find, as a sentence; None where it names nothing moved."""
    names = [f"{module}.{name}" for name, module in MISSING.findall(message)] + OURS.findall(message)
    for name in names:
        new = moved(name)
        if new is not None:
            return Message("{old} is now {new}.", old=name, new=new)
    return None


def brought_up_to_date(text: str) -> tuple[str, dict[str, str]]:
    """Returns a text with every moved name as it is now, and which these were."""
    found = {name: new for name in OURS.findall(text) if (new := moved(name)) is not None}
    return OURS.sub(lambda match: found.get(match[0], match[0]), text), found
