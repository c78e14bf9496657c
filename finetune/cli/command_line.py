"""The command line before it is parsed: what it says of a run becomes plain options. How it is typed: `taken_apart`."""

from dataclasses import dataclass, replace
from pathlib import Path

from finetune.cli.classifier_folder import ANSWERING, folder_that_answers, is_model_folder
from finetune.cli.model_of_run import with_model_of_run
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import LOOKED_AT, Typed, names, names_checkpoint, refuse_mix, taken_apart
from finetune.errors import ConfigError
from finetune.language.say import AnyMessage, Message
from finetune.runs.checkpoints import begins_again, checkpoint, ended_without_last, whole_checkpoint
from finetune.runs.effort import BEFORE_THE_RUN
from finetune.runs.export_sums import refuse_changed
from finetune.runs.exported import is_export, is_without_torch, options_of, refuse_without_run
from finetune.runs.find import find
from finetune.runs.folder import BEST, BY_VALIDATION, CONFIG, LEFT_OUT, METRICS, MODEL, RunFolder, newest
from finetune.runs.kind import ADAPT, FIT, KINDS, is_of_words, refuse_adapted, refuse_another, refuse_words
from finetune.runs.named import run_named

AHEAD = ("plan", "check", "baseline")
"""Commands that come before a run."""


@dataclass(frozen=True)
class Prepared:
    """A command line that the parser understands by itself.

    Attributes:
        typed: The command and its options as they were typed.
        argv: The command and its options, without `--run`, `--resume` and recipe names.
        run: The run folder that `--run` named.
        resume: Whether a training goes on in that folder.
        folder: The folder of the new run, where it is not the next free one.
        same_table: The fingerprint that the table must have, where it must have one.
        same_split: The run folder by whose division the table must be divided, where it must be by one.
        latest: Whether the run was named as `latest`.
        exported: Whether an exported model answers, the run's or any other, and no checkpoint.
        begins: Whether there is no run to go on with yet, so that a new one begins.
        wrong: What is wrong with the run's last checkpoint, where the one before takes its place.
        trust: Whether functions that a run folder names may run; only where that was typed.
        looked_at: Whether the process that started this one has looked at all that it names.
        of_words: Whether the run that was named holds words alone, and no network.
    """

    typed: list[str]
    argv: list[str]
    run: Path | None = None
    resume: bool = False
    folder: Path | None = None
    same_table: str | None = None
    same_split: Path | None = None
    latest: bool = False
    exported: bool = False
    begins: bool = False
    wrong: AnyMessage | None = None
    trust: bool = False
    looked_at: bool = False
    of_words: bool = False

    @property
    def again(self) -> list[str]:
        """The command and its options as the Trainer's other processes take them, which are started from it.

        A run that answers stands there by its folder: they need all that it says, and `latest` may be another by then.
        """
        if self.run is None or self.resume:
            return self.argv
        options, _ = take_option(self.typed[1:], ("--run",))
        return [self.typed[0], f"--run={self.run}", *options]

    def for_others(self) -> list[str]:
        """Returns the options that the Trainer's other processes take besides: they check what this one does."""
        checks = {"--same_table": self.same_table, "--same_split": self.same_split}
        given = [f"{name}={value}" for name, value in checks.items() if value is not None]
        return [*given, LOOKED_AT]


def prepare(argv: list[str], root: Path) -> Prepared:
    """Resolves what has to be the same on every process once, before the parser and the Trainer see it.

    Args:
        argv: The command and its options, as typed.
        root: Folder of the runs.

    Raises:
        ConfigError: if a recipe, a run or a checkpoint is not there, or the options do not fit together.
    """
    typed = taken_apart(with_model_of_run(argv, root))
    if typed.resume and typed.command not in KINDS:
        raise ConfigError("--resume goes with fit and adapt: it goes on training.")
    if typed.command in ANSWERING:
        refuse_mix(typed.options)
    if len(typed.runs) > 1:
        raise ConfigError(
            "--run is given {times} times ({runs}): give one.",
            times=len(typed.runs),
            runs=", ".join(typed.runs),
        )
    return replace(
        resolved(typed, root), same_table=typed.same_table, trust=typed.trust, looked_at=typed.looked_at
    )


def resolved(typed: Typed, root: Path) -> Prepared:
    """Returns the command line with the run that it names, if it names one, as plain options.

    Raises:
        ConfigError: if a run or a checkpoint is not there, or the command needs none.
    """
    if not typed.runs:
        return without_a_run(typed)
    named = run_named(typed.runs[0], root)
    if named is not None:
        typed = replace(typed, runs=[str(named)])
    if typed.command in AHEAD:
        raise ConfigError(
            "{command} looks ahead and needs no run. For one with the same settings:\n"
            "  finetune {command} --config {config}",
            command=typed.command,
            config=find(typed.runs[0], root) / CONFIG,
        )
    if is_export(Path(typed.runs[0])):
        return with_an_export(typed, Path(typed.runs[0]))
    if typed.command in ANSWERING and is_model_folder(typed.runs[0]):
        return without_a_run(
            replace(typed, options=[*typed.options, f"--model.name={typed.runs[0]}"], runs=[])
        )
    return to_go_on(typed, root) if typed.resume else with_the_best_model(typed, root)


def without_a_run(typed: Typed) -> Prepared:
    """Returns the command line of a command that names no run: it stands by itself.

    Raises:
        ConfigError: if it needs one, or would write into a folder that is there.
    """
    if typed.resume:
        raise ConfigError("--resume needs to know which run: add --run latest, or --run with its folder.")
    if typed.folder is not None and typed.folder.exists() and not is_only_claimed(typed.folder):
        raise ConfigError(
            "--folder {folder} is there already, and a run is never overwritten: give another.",
            folder=typed.folder,
        )
    options, exported = with_model_folder(typed)
    return Prepared(
        typed.argv,
        [typed.command, *options],
        folder=typed.folder,
        same_split=typed.same_split,
        exported=exported,
    )


def is_only_claimed(folder: Path) -> bool:
    """Returns whether a folder holds nothing but what is there before a run in it begins."""
    there = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    return bool(there) and there <= {LEFT_OUT, *BEFORE_THE_RUN}


def with_model_folder(typed: Typed) -> tuple[list[str], bool]:
    """Returns the options with the folder of the model that answers, and whether one does without a run.

    Raises:
        ConfigError: if the model that was named cannot answer.
    """
    left, given = take_option(typed.options, ("--model.name",))
    if not given or typed.command not in ANSWERING or names_checkpoint(typed.options):
        return typed.options, False
    # as a folder: the other processes of this command must not look for it on the hub again
    return [*left, f"--model.name={folder_that_answers(given[-1])}"], True


def with_the_best_model(typed: Typed, root: Path) -> Prepared:
    """Returns the command line of a command that works with a run's settings and its best model.

    Raises:
        ConfigError: if there is no such run or checkpoint, or the command would train.
    """
    run = find(typed.runs[0], root, typed.command if typed.command in KINDS else FIT)
    if is_of_words(run):
        return with_words(typed, run)
    if typed.command in KINDS:
        raise ConfigError(
            "a run is never overwritten. To go on with {run}, add --resume; to train a new one on its rows and on "
            "corrections, add --with FILE; to train anew with the same settings, give --config {config} in place of "
            "--run."
            if typed.command == FIT
            else "a run is never overwritten. To go on with {run}, add --resume; to train anew with the same settings, "
            "give --config {config} in place of --run.",
            run=run,
            config=run / CONFIG,
        )
    refuse_adapted(run)  # one that is damaged is told as such, too, and not as a file of the user's own
    given, there = [f"--config={run / CONFIG}"], (run / MODEL).is_dir()
    other = names(("--ckpt_path", "--model.name"), typed.options)
    exported = there and (run / METRICS).is_file() and not other
    if not exported and not names_checkpoint(typed.options):
        given.append(f"--ckpt_path={checkpoint(run, BEST)}")
    if there:
        # the run's own copy: it needs no network and is the very vocabulary that was trained with
        given.append(f"--model.name={run / MODEL}")
    return Prepared(
        typed.argv,
        [typed.command, *given, *typed.options],
        run,
        exported=exported,
        same_split=run if typed.command != "predict" else None,
    )


def with_words(typed: Typed, run: Path) -> Prepared:
    """Returns the command line of a command that measures a run of words alone.

    Raises:
        ConfigError: if the command trains, or is asked for a network.
    """
    if typed.command in KINDS:
        refuse_words(run, Message("finetune {command}", command=typed.command))
    for name in ("--ckpt_path", "--model.name"):
        if names((name,), typed.options):
            refuse_words(run, name)
    _, answer = take_option(typed.options, ("--answer",))
    if "network" in answer:
        refuse_words(run, "--answer network")
    given = f"--config={run / CONFIG}"
    return Prepared(typed.argv, [typed.command, given, *typed.options], run, same_split=run, of_words=True)


def with_an_export(typed: Typed, folder: Path) -> Prepared:
    """Returns the command line of a command that answers by an export, which no run stands behind.

    Raises:
        ConfigError: if the command does something else, or the export is damaged or not as it was proved.
    """
    if typed.command not in ANSWERING or is_without_torch(folder):
        raise refuse_without_run(typed.command, folder)
    refuse_changed(folder)
    given = [f"--model.name={folder}", *options_of(folder)]
    return Prepared(typed.argv, [typed.command, *given, *typed.options], exported=True)


def to_go_on(typed: Typed, root: Path) -> Prepared:
    """Returns the command line of a training that goes on with a run, or begins one where there is none yet.

    A scheduler starts the same command again and again: `latest` is then the run that was begun last, even if it was
    killed before its first checkpoint, and none at the first time.

    Raises:
        ConfigError: if there is no such run, or no checkpoint of it can be used.
    """
    if typed.runs[0] == BY_VALIDATION:
        raise ConfigError(
            "--run best stands for the run to measure or to label with. To go on training, name the run, as in --run "
            "3, or give --run latest."
        )
    latest = typed.runs[0] == "latest"
    run = (
        newest(root, KINDS[typed.command], begun=True) if latest else find(typed.runs[0], root, typed.command)
    )
    if run is None:
        return Prepared(typed.argv, [typed.command, *typed.options], begins=True)
    RunFolder(run).finished()  # what is damaged is told before anything is computed
    refuse_another(run, typed.command)
    given = [f"--config={run / CONFIG}"]
    named = names_checkpoint(typed.options)
    again, wrong = begins_again(run) and not named, None
    if not (again or named or ended_without_last(run)):
        last, wrong = whole_checkpoint(run)
        given.append(f"--ckpt_path={last}")
    return Prepared(
        typed.argv,
        [typed.command, *given, *typed.options],
        run,
        resume=True,
        # before the first checkpoint nothing was trained on that counts; texts alone are told by their sums
        same_split=None if again or typed.command == ADAPT else run,
        latest=latest,
        wrong=wrong,
    )
