"""The command line before it is parsed: recipe names, `--run` and `--resume` become plain options."""

import difflib
from dataclasses import dataclass
from pathlib import Path

import yaml

from callbacks.saving.checksum import damage
from callbacks.saving.last_and_previous import newest_whole, previous_to
from finetune.errors import ConfigError
from finetune.runs.folder import BEST, CONFIG, LAST, METRICS, MODEL, ROOT, RunFolder, find, newest

AHEAD = ("plan", "check", "baseline")
"""Commands that come before a run."""

SHARES = ("--wanted_precision", "--abstain_below")
"""Options whose value is a share of 1."""

RECIPES = Path(__file__).parents[1] / "recipes"


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
        same_split: The run folder by whose division the table must be divided, where it must be by one.
        latest: Whether the run was named as `latest`.
        begins: Whether there is no run to go on with yet, so that a new one begins.
        wrong: What is wrong with the run's last checkpoint, where the one before takes its place.
    """

    typed: list[str]
    argv: list[str]
    run: Path | None = None
    resume: bool = False
    folder: Path | None = None
    same_table: str | None = None
    same_split: Path | None = None
    latest: bool = False
    begins: bool = False
    wrong: str | None = None

    def for_others(self) -> list[str]:
        """Returns the options that the Trainer's other processes take besides `argv`: they check what this one does."""
        checks = {"--same_table": self.same_table, "--same_split": self.same_split}
        return [f"{name}={value}" for name, value in checks.items() if value is not None]


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
    """Returns the folder of the runs: in the current folder, or where the Trainer's own option puts it.

    Where a run is named, that may stand in a file, too: `latest` has to be looked for where new runs go.
    """
    _, folders = take_option(argv, ("--trainer.default_root_dir",))
    _, configs = take_option(argv, ("--config", "-c"))
    if not folders and configs and take_option(argv, ("--run",))[1]:
        folders = [folder for config in configs if (folder := _root_in(Path(config_path(config))))]
    return Path(folders[-1]) / ROOT if folders else ROOT


def _root_in(config: Path) -> str | None:
    """Returns the folder that a file sets for the Trainer; what is wrong with the file, the parser says."""
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    trainer = content.get("trainer") if isinstance(content, dict) else None
    folder = trainer.get("default_root_dir") if isinstance(trainer, dict) else None
    return folder if isinstance(folder, str) else None


def prepare(argv: list[str], root: Path) -> Prepared:
    """Resolves what has to be the same on every process once, before the parser and the Trainer see it.

    Three options are for processes that this project starts, and stand in no `--help`: `--folder`, the new run's
    folder; `--same_table`, the fingerprint that the table must have; `--same_split`, the run by whose division the
    table must be divided.

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
    options, divided = take_option(options, ("--same_split",))
    folder = Path(folders[-1]) if folders else None
    same_table = fingerprints[-1] if fingerprints else None
    options = with_points(options)
    resume = "--resume" in options
    options = [option for option in options if option != "--resume"]
    options = [*(f"--config={config_path(config)}" for config in configs), *options]
    if resume and command != "fit":
        raise ConfigError("--resume goes with fit: it goes on training.")
    if len(runs) > 1:
        raise ConfigError(f"--run is given {len(runs)} times ({', '.join(runs)}): give one.")
    if not runs:
        if resume:
            raise ConfigError("--resume needs to know which run: add --run latest, or --run with its folder.")
        if folder is not None and folder.exists():
            raise ConfigError(
                f"--folder {folder} is there already, and a run is never overwritten: give another."
            )
        split = Path(divided[-1]) if divided else None
        return Prepared(argv, [command, *options], None, False, folder, same_table, split)
    if command in AHEAD:
        raise ConfigError(
            f"{command} looks ahead. For a run like that one: finetune {command} --config "
            f"{find(runs[0], root) / CONFIG}"
        )
    if resume:
        return to_go_on(argv, options, runs[0], root=root, same_table=same_table)
    run = find(runs[0], root)
    if command == "fit":
        raise ConfigError(
            f"a run is never overwritten. To go on with {run}, add --resume; to train anew with the same "
            f"settings, give --config {run / CONFIG} in place of --run."
        )
    given = [f"--config={run / CONFIG}"]
    if not names_checkpoint(options):
        given.append(f"--ckpt_path={checkpoint(run, BEST)}")
    if (run / MODEL).is_dir():
        # the run's own copy: it needs no network and is the very vocabulary that was trained with
        given.append(f"--model.name={run / MODEL}")
    split = run if command != "predict" else None
    return Prepared(argv, [command, *given, *options], run, False, None, same_table, split)


def to_go_on(
    argv: list[str], options: list[str], name: str, *, root: Path, same_table: str | None
) -> Prepared:
    """Returns the command line of a `fit` that goes on with a run, or begins one where there is none yet.

    A scheduler starts the same command again and again: `latest` is then the run that was begun last, even if it was
    killed before its first checkpoint, and none at the first time.

    Args:
        argv: The command and its options, as typed.
        options: Those that are left, with recipes as files.
        name: Of the run.
        root: Folder of the runs.
        same_table: The fingerprint that the table must have, where it must have one.
    """
    latest = name == "latest"
    run = newest(root, begun=True) if latest else find(name, root)
    if run is None:
        return Prepared(argv, ["fit", *options], same_table=same_table, begins=True)
    given = [f"--config={run / CONFIG}"]
    again, wrong = begins_again(run) and not names_checkpoint(options), None
    if not (again or names_checkpoint(options) or ended_without_last(run)):
        last, wrong = whole_checkpoint(run)
        given.append(f"--ckpt_path={last}")
    split = None if again else run  # before the first checkpoint nothing was trained on that counts
    return Prepared(argv, ["fit", *given, *options], run, True, None, same_table, split, latest, wrong=wrong)


def names_checkpoint(options: list[str]) -> bool:
    """Returns whether a checkpoint was typed."""
    return any(option.partition("=")[0] == "--ckpt_path" for option in options)


def begins_again(run: Path) -> bool:
    """Returns whether a run was stopped before its first `last.ckpt`, so that it can begin with its first step only."""
    if any((run / name).exists() for name in (LAST, previous_to(LAST), METRICS)):
        return False
    meant = RunFolder(run).config().get("last_checkpoint", {}) is not None
    return meant or not any(run.glob("checkpoints/*.ckpt"))


def ended_without_last(run: Path) -> bool:
    """Returns whether a run has finished and kept no `last.ckpt`: there is nothing to go on from, and no need."""
    return not (run / LAST).exists() and (run / METRICS).is_file()


def whole_checkpoint(run: Path) -> tuple[Path, str | None]:
    """Returns the checkpoint to go on from: the last one, or the one before and what is wrong with the last.

    Raises:
        ConfigError: if neither is there and whole.
    """
    found = newest_whole(run / LAST)
    if found is not None:
        return found
    last = checkpoint(run, LAST)
    raise ConfigError(
        f"{last} cannot be used: {damage(last)}; and there is no {previous_to(last).name} that can. Train anew: "
        f"finetune fit --config {run / CONFIG}"
    )


def checkpoint(run: Path, name: Path) -> Path:
    """Returns a run's checkpoint.

    Raises:
        ConfigError: if it is not there.
    """
    if (run / name).exists():
        return run / name
    there = ", ".join(sorted(file.name for file in (run / "checkpoints").glob("*.ckpt"))) or "none"
    raise ConfigError(
        f"{run} has no {name}; its checkpoints are: {there}. Name one with --ckpt_path {run}/checkpoints/..., or "
        "train anew where there is none."
    )
