"""What is wrong with a command line and shows before anything heavy is loaded. What it does not see is told later."""

import contextlib
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from finetune.cli.help import HELP, fingerprint
from finetune.cli.recipes import config_path
from finetune.cli.refused import refuse
from finetune.cli.slips import TABLES, pairs
from finetune.cli.taken_apart import runs_root
from finetune.data.reading.not_there import refuse_missing
from finetune.errors import UserError
from finetune.files.cache import cache_dir
from finetune.files.whole import write_text
from finetune.runs.find import find
from finetune.runs.folder import BY_VALIDATION

ON_TABLES = ("fit", "validate", "test", "predict", "plan", "check", "baseline", "crossval")
"""Commands whose options are those of the data, the model and the Trainer."""

ANSWERING = ("validate", "test", "predict")
"""Those of them that need a run where one is named."""

GROUPS = ("data", "model", "trainer")
"""Groups of options whose first names are known; behind these a class may have names of its own."""


def refuse_foreseen(argv: Sequence[str]) -> None:
    """Refuses a table, a run, a file of options or an option that there surely is not.

    Args:
        argv: The command and its options, without texts that are typed on it.

    Raises:
        UserError: if one is named.
    """
    if argv[0] not in ON_TABLES or any(word in argv for (word,) in HELP):
        return
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # one of several processes tells it for all
        return
    for name, value in pairs(argv[1:]):
        if value is None:
            continue
        if name in TABLES and value != "-" and not value.startswith("["):
            refuse_missing(value)
        elif name in ("--config", "-c"):
            config_path(value)
        elif name == "--run" and argv[0] in ANSWERING and _is_the_name_of_a_run(value):
            find(value, runs_root(list(argv)))
    refuse_strange(argv)


def _is_the_name_of_a_run(value: str) -> bool:
    """Whether it can be nothing else: a folder may be that of a model, and to find the best one takes long."""
    return value != BY_VALIDATION and not Path(value).exists()


def refuse_strange(argv: Sequence[str]) -> None:
    """Refuses options of a group that the command was seen not to have, when its parser was made last.

    Raises:
        ConfigError: if one is given.
    """
    keys = kept_keys(argv[0])
    if keys is None:
        return
    strange = [name for name, _ in pairs(argv[1:]) if _is_strange(name, keys)]
    if strange:
        refuse(f"unrecognized arguments: {' '.join(strange)}", keys, program=f"finetune {argv[0]}")


def _is_strange(name: str, keys: Sequence[str]) -> bool:
    group, *names = name.removeprefix("--").removesuffix("+").split(".")
    return group in GROUPS and bool(names) and f"{group}.{names[0]}" not in keys


def kept_keys(command: str) -> list[str] | None:
    """Returns the options of a command, as they were kept; None where they are not, or anything has changed since."""
    try:
        found = json.loads(_file(command).read_text(encoding="utf-8"))
    except (OSError, ValueError, UserError):  # made anew by the next parser
        return None
    return found if isinstance(found, list) else None


def keep_keys(command: str, keys: Sequence[str]) -> None:
    """Keeps the options of a command; where there is no place for them, they are told later each time."""
    with contextlib.suppress(OSError, UserError):
        file = _file(command)
        if file.exists():
            return
        for outdated in file.parent.glob(f"keys-{command}-*.json"):
            outdated.unlink(missing_ok=True)
        write_text(file, json.dumps(list(keys)))


def _file(command: str) -> Path:
    name = "fit" if command == "crossval" else command  # which hands its options on
    return cache_dir() / "help" / f"keys-{name}-{_as_installed()}.json"


_as_installed = cache(fingerprint)
