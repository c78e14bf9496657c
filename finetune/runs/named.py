"""Which run a name belongs to, among all that lie beside each other. Gives no names: `finetune runs name` does."""

from pathlib import Path

from finetune.errors import ConfigError
from finetune.runs.folder import CONFIG, CROSSVAL, DESCRIPTION, all_crossvals, all_runs
from finetune.runs.kind import NAMES
from finetune.runs.run_name import key_of, may_be_name, name_of

MARKS = (CONFIG, CROSSVAL, DESCRIPTION, "config.json")
"""What a folder has that can stand where a run or a model is named."""


def there_are(root: Path) -> list[Path]:
    """Returns the folders that can have a name: the runs, of each kind the oldest first, and the cross-validations."""
    return [*(run for kind in NAMES.values() for run in all_runs(root, kind)), *all_crossvals(root)]


def called(name: str, root: Path) -> list[Path]:
    """Returns the runs that have a name; several where a folder was copied."""
    if not may_be_name(name):
        return []
    found = _called(key_of(name), root)
    # a name that went on to another run while they were looked at was seen at both, or at neither
    return found if len(found) == 1 else _called(key_of(name), root)


def _called(key: str, root: Path) -> list[Path]:
    return [run for run in there_are(root) if (own := name_of(run)) is not None and key_of(own) == key]


def run_named(name: str, root: Path) -> Path | None:
    """Returns the run that has a name; None where none has.

    Args:
        name: As it was typed.
        root: Folder of the runs.

    Raises:
        ConfigError: if several have it, or a folder here can be meant as well.
    """
    found = called(name, root)
    if not found:
        return None
    if len(found) > 1:
        raise several(name, found)
    if any((Path(name) / mark).is_file() for mark in MARKS):
        raise ConfigError(
            "{name} is the name of the run {run}, and a folder here is called so, too. Say which: {number} is the run, "
            "./{name} the folder.",
            name=name,
            run=found[0],
            number=found[0].name,
        )
    return found[0]


def places(name: str, root: Path) -> list[Path]:
    """Returns where the run may lie that a path, a number or a name stands for.

    Raises:
        ConfigError: if several have that name.
    """
    named = run_named(name, root)
    return [Path(name), root / name, root / f"version_{name}", *([] if named is None else [named])]


def several(name: str, found: list[Path]) -> ConfigError:
    """Returns that more runs than one have a name, and how to leave it to one of them."""
    return ConfigError(
        "several runs are called {name}: {runs}. Was a folder copied? Take the name away from all but one:\n"
        "  finetune runs name {copy} --none",
        name=name,
        runs=", ".join(map(str, found)),
        copy=found[-1].name,
    )
