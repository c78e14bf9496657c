"""The command line before it is parsed: recipe names, `--run` and `--resume` become plain options."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import ConfigError
from finetune.runs import BEST, CONFIG, LAST, MODEL, ROOT, find

AHEAD = ("plan", "check", "baseline")
"""Commands that come before a run."""

SHARES = ("--wanted_precision", "--abstain_below")
"""Options whose value is a share of 1."""

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Prepared:
    """A command line that the parser understands by itself.

    Attributes:
        typed: The command and its options as they were typed.
        argv: The command and its options, without `--run`, `--resume` and recipe names.
        run: The run folder that `--run` named.
        resume: Whether `fit` goes on in that folder.
        folder: The folder of the new run, where it is not the next free one.
        same_table: The fingerprint that the table must have, where it must have one.
    """

    typed: list[str]
    argv: list[str]
    run: Path | None
    resume: bool
    folder: Path | None = None
    same_table: str | None = None


def recipe_names() -> list[str]:
    """Returns the shipped recipes."""
    return sorted(file.stem for file in RECIPES.glob("*.yaml"))


def config_path(name: str) -> str:
    """Returns the file of a recipe, or the path itself.

    Raises:
        ConfigError: if it is neither a file nor a recipe.
    """
    if Path(name).is_file():
        return name
    recipe = RECIPES / f"{name}.yaml"
    if recipe.is_file():
        return str(recipe)
    near = difflib.get_close_matches(name, recipe_names(), n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    raise ConfigError(
        f"--config {name}: no such file, and no recipe of that name.{hint} Recipes: {', '.join(recipe_names())}."
    )


def take_option(argv: list[str], names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Splits off every `--name value` and `--name=value`: the rest, and the values in their order."""
    rest: list[str] = []
    values: list[str] = []
    items = iter(argv)
    for item in items:
        name, equals, value = item.partition("=")
        if name not in names:
            rest.append(item)
        elif equals:
            values.append(value)
        else:
            following = next(items, None)
            if following is None:
                raise ConfigError(f"{name} needs a value.")
            values.append(following)
    return rest, values


def with_points(options: list[str]) -> list[str]:
    """Returns the options with `0,9` as `0.9` where a share is asked for: half of the world writes it so."""
    found, share = [], False
    for option in options:
        name, equals, _ = option.partition("=")
        if share or (name in SHARES and equals):
            option = option.replace(",", ".")
        share = name in SHARES and not equals
        found.append(option)
    return found


def runs_root(argv: list[str]) -> Path:
    """Returns the folder of the runs: in the current folder, or where the Trainer's own option puts it."""
    _, folders = take_option(argv, ("--trainer.default_root_dir",))
    return Path(folders[-1]) / ROOT if folders else ROOT


def prepare(argv: list[str], root: Path) -> Prepared:
    """Resolves what has to be the same on every process once, before the parser and the Trainer see it.

    Two options are for `finetune crossval`, which starts `fit` for each fold, and stand in no `--help`: `--folder`, the
    new run's folder, and `--same_table`, the fingerprint of the table of the folds before.

    Args:
        argv: The command and its options, as typed.
        root: Folder of the runs.

    Raises:
        ConfigError: if a recipe, a run or a checkpoint is not there, or the options do not fit together.
    """
    command, options = argv[0], argv[1:]
    options, configs = take_option(options, ("--config", "-c"))
    options, runs = take_option(options, ("--run",))
    options, folders = take_option(options, ("--folder",))
    options, fingerprints = take_option(options, ("--same_table",))
    folder = Path(folders[-1]) if folders else None
    same_table = fingerprints[-1] if fingerprints else None
    options = with_points(options)
    resume = "--resume" in options
    options = [option for option in options if option != "--resume"]
    config_options = [f"--config={config_path(config)}" for config in configs]
    if resume and command != "fit":
        raise ConfigError("--resume goes with fit: it goes on training.")
    if not runs:
        if resume:
            raise ConfigError("--resume needs to know which run: add --run latest, or --run with its folder.")
        if folder is not None and folder.exists():
            raise ConfigError(
                f"--folder {folder} is there already, and a run is never overwritten: give another."
            )
        return Prepared(argv, [command, *config_options, *options], None, False, folder, same_table)
    if command in AHEAD:
        raise ConfigError(
            f"{command} looks ahead. For a run like that one: finetune {command} --config "
            f"{find(runs[0], root) / CONFIG}"
        )
    if len(runs) > 1:
        raise ConfigError(f"--run is given {len(runs)} times ({', '.join(runs)}): give one.")
    run = find(runs[0], root)
    if command == "fit" and not resume:
        raise ConfigError(
            f"a run is never overwritten. To go on with {run}, add --resume; to train anew with the same "
            f"settings, give --config {run / CONFIG} in place of --run."
        )
    given = [f"--config={run / CONFIG}", *config_options]
    if not any(option.partition("=")[0] == "--ckpt_path" for option in options):
        given.append(f"--ckpt_path={checkpoint(run, LAST if resume else BEST)}")
    if command != "fit" and (run / MODEL).is_dir():
        # the run's own copy: it needs no network and is the very vocabulary that was trained with
        given.append(f"--model.name={run / MODEL}")
    return Prepared(argv, [command, *given, *options], run, resume, None, same_table)


def checkpoint(run: Path, name: Path) -> Path:
    """Returns a run's checkpoint.

    Raises:
        ConfigError: if it is not there.
    """
    if (run / name).is_file():
        return run / name
    there = ", ".join(sorted(file.name for file in (run / "checkpoints").glob("*.ckpt"))) or "none"
    raise ConfigError(
        f"{run} has no {name}; its checkpoints are: {there}. Name one with --ckpt_path {run}/checkpoints/..., or "
        "train anew where there is none."
    )
