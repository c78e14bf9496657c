"""A command line as it was typed, taken apart: recipe names, `--run`, `--resume`, `--trust`. Looks for no run."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from finetune.cli.recipes import config_path
from finetune.cli.slips import refuse_slips
from finetune.cli.take_option import take_option
from finetune.errors import ConfigError
from finetune.runs.folder import ROOT

LOOKED_AT = "--looked_at"
"""Tells a process that the one which started it has looked at what a run folder names."""

SHARES = ("--wanted_precision", "--abstain_below")
"""Options whose value is a share of 1."""


@dataclass(frozen=True)
class Typed:
    """A command line, taken apart as far as it is resolved before the parser sees it.

    `--folder`, `--same_table`, `--same_split` and `--looked_at` are for processes that this project starts; no `--help`
    has them.

    Attributes:
        argv: The command and its options, as typed.
        options: Those that are left, with recipes as files.
        runs: Every `--run`.
        resume: Whether `--resume` is there.
        folder: The new run's folder.
        same_table: The fingerprint that the table must have.
        same_split: The run by whose division the table must be divided.
        trust: Whether `--trust` is there.
        looked_at: Whether the process that started this one has looked at what a run folder names.
    """

    argv: list[str]
    options: list[str]
    runs: list[str]
    resume: bool
    folder: Path | None
    same_table: str | None
    same_split: Path | None
    trust: bool
    looked_at: bool

    @property
    def command(self) -> str:
        """The command's name."""
        return self.argv[0]


def taken_apart(argv: list[str]) -> Typed:
    """Takes a command line apart.

    Raises:
        ConfigError: if a recipe is not there, an option has no value, or something else was meant.
    """
    options, configs = take_option(argv[1:], ("--config", "-c"))
    options, runs = take_option(options, ("--run",))
    options, folders = take_option(options, ("--folder",))
    options, fingerprints = take_option(options, ("--same_table",))
    options, divided = take_option(options, ("--same_split",))
    refuse_slips(argv)
    left = [option for option in with_points(options) if option not in ("--resume", "--trust", LOOKED_AT)]
    return Typed(
        argv,
        [*(f"--config={config_path(config)}" for config in configs), *left],
        runs,
        "--resume" in options,
        Path(folders[-1]) if folders else None,
        fingerprints[-1] if fingerprints else None,
        Path(divided[-1]) if divided else None,
        "--trust" in options,
        LOOKED_AT in options,
    )


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


def names_checkpoint(options: list[str]) -> bool:
    """Returns whether a checkpoint was typed."""
    return names(("--ckpt_path",), options)


def names(sought: tuple[str, ...], options: list[str]) -> bool:
    """Returns whether one of some options was typed."""
    return any(option.partition("=")[0] in sought for option in options)


def refuse_mix(options: list[str]) -> None:
    """Refuses the share of words where a trained run answers: it was chosen when that was trained.

    Raises:
        ConfigError: if it was typed.
    """
    if names(("--mix",), options):
        raise ConfigError(
            "--mix is an option of fit and crossval: a trained run answers as it was trained to. For its network alone "
            "give --answer network, and for words alone (TF-IDF) --answer simple."
        )
