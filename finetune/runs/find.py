"""Which run a word stands for: a path, a number, its name, the newest or the best. Looks into no run itself."""

from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.runs.folder import BY_VALIDATION, CONFIG, CROSSVAL, LAST, all_runs, is_run, names, newest
from finetune.runs.kind import BASELINE, FIRST, FIT, NAMES
from finetune.runs.named import run_named, there_are
from finetune.runs.run_name import name_of


def find(name: str, root: Path, command: str = FIT) -> Path:
    """Returns the run folder that a word stands for: a path, `latest`, `best`, `version_3`, `3`, or the run's name.

    `latest` is the run whose `checkpoints/last.ckpt` was written last, `best` the one of the best validation.

    Args:
        name: As it was typed.
        root: Folder of the runs.
        command: The command whose runs are meant by a number and by `latest`.

    Raises:
        ConfigError: if there is no such run.
    """
    kind = NAMES[command]
    runs = all_runs(root, kind)
    if command == FIT:
        runs += all_runs(root, NAMES[BASELINE])  # whose runs answer, too
    if name == BY_VALIDATION:
        from finetune.runs.best import best  # here: it looks into checkpoints, by torch

        return best(root)
    if name == "latest":
        trained = newest(root, kind)
        if trained is not None:
            return trained
        raise ConfigError(
            "no run in {root} has a {last} yet. Train one first:\n{first}",
            root=root,
            last=LAST,
            first=FIRST[command],
        )
    named = run_named(name, root)
    places = [Path(name), root / name, *([] if named is None else [named])]
    for folder in (*places, root / f"{kind}_{name}"):
        if (folder / CONFIG).is_file():
            return folder
    for folder in places:
        if (folder / CROSSVAL).is_file():
            raise ConfigError(
                "{folder} is a cross-validation: it has no model of its own. Its folds are runs, such as {fold}.",
                folder=folder,
                fold=min((each.parent for each in folder.rglob(CONFIG)), default=folder),
            )
    raise ConfigError(
        'there is no run "{name}": no folder of that name with a {config}. Runs in {root}: {known}. Give one of these, '
        "a path, latest or best.{hint}"
        if command == FIT
        else 'there is no run "{name}": no folder of that name with a {config}. Runs in {root}: {known}. Give one of '
        "these, a path or latest.{hint}",
        name=name,
        hint=_meant(Path(name)),
        config=CONFIG,
        root=root,
        known=names([*runs, *(each for each in there_are(root) if each not in runs and name_of(each))]),
    )


def _meant(path: Path) -> Message | str:
    """Returns what a path that is no run was meant for, where it shows."""
    for parent in path.parents[:2]:
        if is_run(parent):
            return Message(" {path} belongs to the run {run}: give that.", path=path, run=parent)
    if (path / "config.json").is_file():
        return Message(
            " {path} is the folder of a model, which fit takes as --model.name, and not of a run.", path=path
        )
    return ""
