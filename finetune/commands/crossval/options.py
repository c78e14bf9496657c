"""The command line of `finetune crossval`: its own options taken apart from those of `fit`. Starts nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from finetune.cli.model_of_run import with_model_of_run
from finetune.cli.recipes import config_path
from finetune.cli.strays import refuse_strays
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import names, runs_root
from finetune.cli.trusted import look_at_options
from finetune.commands.crossval.folder import Crossval, Plan, find, find_same
from finetune.errors import ConfigError
from finetune.language.say import note, say
from finetune.language.typed import quoted
from finetune.runs.effort import BEST, QUICK
from finetune.runs.folder import CONFIG, CROSSVAL, RunFolder
from finetune.runs.kind import is_of_words
from finetune.runs.links import refuse_links
from finetune.runs.named import places
from finetune.tasks.task import NUMBER

OURS = ("--data.folds", "--data.fold", "--data.fold_seed", "--folder", "--same_table", "--ckpt_path")
"""Options of `fit` that are not the user's here."""


def usage() -> str:
    """Returns the help."""
    return say(
        "usage: finetune crossval [OPTIONS] [OPTIONS OF fit]\n"
        "\n"
        "Cuts the rows into folds and trains once for each: on the other folds, measured on this one. So every row but "
        "those of the test is measured by a model that has not seen it, and the scores come with an interval. The test "
        "rows are the same as those of fit and stay untouched. Validation rows that are given (--data.validation_path, "
        "--data.split_column) serve every fold and are not measured; by time, the oldest rows are not.\n"
        "\n"
        "options:\n"
        "  --folds N      how many folds, at least 2 (default: 5)\n"
        "  --seeds N      how often all of it is repeated (default: 1), each time cut\n"
        "                 anew, but by time alike; the seeds are that of\n"
        "                 --seed_everything (default: 42) and those that follow it\n"
        "  --keep_models  keep checkpoints and model of each fold, which are removed once\n"
        "                 it is measured\n"
        "  --resume       go on: with --run, or with the same options as before\n"
        "  --run RUN      which one to go on with: a folder, its number or name, or latest\n"
        "  --trust        with --run: run functions that it names, though it is none of your\n"
        "                 own; look at them first\n"
        "  -h, --help     show this\n"
        "\n"
        "All options of fit are taken too and go to each fold unchanged; this lists them:\n"
        "  finetune fit --help"
    )


@dataclass(frozen=True)
class Asked:
    """The command line, taken apart.

    Attributes:
        options: Those of `fit`.
        folds: How many folds; None where it is not said.
        seeds: How many repeats; None where it is not said.
        keep_models: Whether weights are kept.
        run: Which cross-validation to go on with, where one is named.
        resume: Whether to go on.
        trust: Whether functions that a cross-validation names may run.
    """

    options: list[str]
    folds: int | None
    seeds: int | None
    keep_models: bool
    run: str | None
    resume: bool
    trust: bool = False

    def plan(self) -> Plan:
        """Returns what a new cross-validation does."""
        _, given = take_option(self.options, ("--seed_everything",))
        first = (
            whole_number("--seed_everything", given[-1], least=0) if given else seed_of_files(self.options)
        )
        return Plan(
            self.options, self.folds or 5, list(range(first, first + (self.seeds or 1))), self.keep_models
        )


def seed_of_files(options: list[str]) -> int:
    """Returns the seed that the files and recipes of `--config` set, the last of them; 42 where none does.

    Raises:
        ConfigError: if it is no whole number.
    """
    _, names = take_option(options, ("--config", "-c"))
    seed: object = 42
    for name in names:
        content = yaml.safe_load(Path(config_path(name)).read_text(encoding="utf-8"))
        seed = content.get("seed_everything", seed) if isinstance(content, dict) else seed
    return whole_number("seed_everything", str(seed), least=0)


def whole_number(option: str, text: str, *, least: int) -> int:
    """Returns the number that an option gives.

    Raises:
        ConfigError: if it is none, or too small.
    """
    if not text.isdecimal() or int(text) < least:
        raise ConfigError(
            "{option} {text}: give a whole number of at least {least}.", option=option, text=text, least=least
        )
    return int(text)


def asked(argv: list[str]) -> Asked:
    """Takes the command line apart.

    Raises:
        ConfigError: if options do not fit together.
    """
    refuse_strays(["crossval", *argv])
    argv = as_words(with_model_of_run(argv, runs_root(argv)))
    options = [option for option in argv if option not in ("--resume", "--keep_models", "--trust")]
    options, folds = take_option(options, ("--folds",))
    options, seeds = take_option(options, ("--seeds",))
    options, runs = take_option(options, ("--run",))
    for option in options:
        if option.partition("=")[0] in OURS:
            raise ConfigError(
                "{option} is set for each fold: leave it out. There is --folds.",
                option=option.partition("=")[0],
            )
    if names(("--adapt_first",), argv):
        raise ConfigError(
            "--adapt_first goes with fit: here it would read the texts that other folds are measured on, or adapt anew "
            "for each. Adapt once, on texts of which none is in the table, and name that run:\n"
            "  finetune adapt --data.path TEXTS --data.leave_out TABLE\n"
            "  finetune crossval --data.path TABLE --model.name lightning_logs/adapt_0"
        )
    if BEST in take_option(options, ("--effort",))[1]:
        raise ConfigError(
            "--effort best goes with fit, which compares several ways by cross-validation itself. Here one way is "
            "measured: --effort quick or good."
        )
    if runs and "--resume" not in argv:
        raise ConfigError(
            "--run {run}: a cross-validation is never overwritten. To go on with one, add --resume. To measure the "
            "settings of a run, with TF-IDF beside it:\n  finetune crossval --config {config}",
            run=runs[-1],
            config=settings_of(runs[-1], runs_root(["crossval", *argv])),
        )
    return Asked(
        options,
        whole_number("--folds", folds[-1], least=2) if folds else None,
        whole_number("--seeds", seeds[-1], least=1) if seeds else None,
        "--keep_models" in argv,
        runs[-1] if runs else None,
        "--resume" in argv,
        "--trust" in argv,
    )


def as_words(argv: list[str]) -> list[str]:
    """Returns the options by which words alone are measured, where the settings are those of a run of words."""
    _, files = take_option(argv, ("--config", "-c"))
    of_words = [run for run in (Path(name).parent for name in files) if is_of_words(run)]
    if not of_words or names(("--effort", "--mix"), argv):
        return argv
    run = of_words[-1]
    folder = RunFolder(run)
    if (
        folder.finished() and folder.metrics().get("problem_type") == NUMBER
    ):  # of which words and network are never mixed
        note("{run} answers by words alone: they are measured beside a model that is not trained", run=run)
        return [*argv, f"--effort={QUICK}"]
    note("{run} answers by words alone, and so do the folds", run=run)
    return [*argv, f"--effort={QUICK}", "--mix=1"]


def settings_of(run: str, root: Path) -> Path:
    """Returns the settings of the run that a name may stand for; those of any one where there is none."""
    return next(
        (each / CONFIG for each in places(run, root) if (each / CONFIG).is_file()),
        root / "version_0" / CONFIG,
    )


def taken_up(given: Asked, root: Path) -> Crossval:
    """Returns the cross-validation to go on with.

    Raises:
        ConfigError: if there is none, or it does something else.
    """
    if given.run is None:
        found = find_same(given.plan(), root)
    else:
        found = find(given.run, root)
        was = found.plan
        others = given.options and given.options != was.options
        if not given.options:  # those that are typed are the user's own
            look_at_options(was.options, place=found.folder / CROSSVAL, trust=given.trust)
        if others or given.folds not in (None, was.folds) or given.seeds not in (None, len(was.seeds)):
            raise ConfigError(
                "{folder} was started otherwise: --folds {folds} --seeds {seeds} {options}. Give the same or none, or "
                "start anew without --resume.",
                folder=found.folder,
                folds=was.folds,
                seeds=len(was.seeds),
                options=" ".join(map(quoted, was.options)),
            )
    refuse_links(found.folder)
    found.trust = given.trust
    if given.keep_models:
        found.plan = replace(found.plan, keep_models=True)
    return found
