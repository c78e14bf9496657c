"""The folder of a cross-validation: claiming and finding one, which folds are done, what is kept. Trains nothing."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finetune.cli.trusted import remember_options
from finetune.errors import ConfigError
from finetune.files.whole import write_text
from finetune.language.say import Message
from finetune.runs.damaged import OTHER, damaged, read_mapping
from finetune.runs.folder import (
    ANSWER,
    CROSSVAL,
    FOLD,
    LAST,
    METRICS,
    MODEL,
    WORDS,
    all_crossvals,
    claim,
    names,
)
from finetune.runs.named import run_named
from finetune.runs.run_name import name_of

KIND = "crossval"


@dataclass(frozen=True)
class Plan:
    """What a cross-validation does.

    Attributes:
        options: Those of `fit`, as they were typed.
        folds: Into how many folds the rows are cut.
        seeds: One a repeat: of the cut into folds and of the training.
        keep_models: Whether weights are kept once a fold is measured.
    """

    options: list[str]
    folds: int
    seeds: list[int]
    keep_models: bool = False

    def pairs(self) -> list[tuple[int, int]]:
        """Returns seed and number of each fold, in the order in which they are trained."""
        return [(seed, number) for seed in self.seeds for number in range(1, self.folds + 1)]


@dataclass
class Crossval:
    """A cross-validation and the folds that are done.

    Attributes:
        folder: Where all is.
        plan: What it does.
        runs: By seed and number of the fold: its folder, rows of each part, and metrics.
        trust: Whether functions that the folds name may run; said each time, and kept in no file.
    """

    folder: Path
    plan: Plan
    runs: dict[tuple[int, int], dict[str, Any]]
    trust: bool = False

    def run_folder(self, seed: int, number: int) -> Path:
        """Returns the folder of a fold; of several seeds each has one of its own."""
        parent = self.folder if len(self.plan.seeds) == 1 else self.folder / f"seed_{seed}"
        return parent / f"fold_{number}"

    def finish(self, seed: int, number: int) -> None:
        """Records a fold that was trained and measured.

        Raises:
            ConfigError: if it has not measured what it held out, or what it left is damaged.
        """
        run = self.run_folder(seed, number)
        metrics = read(run / METRICS)
        if "test" not in metrics:
            raise ConfigError(
                "fold {number} of seed {seed} was not measured: there is no test in {file}. Leave out what keeps fit "
                "from training or testing, such as --trainer.fast_dev_run or --trainer.limit_test_batches 0.",
                number=number,
                seed=seed,
                file=run / METRICS,
            )
        for part in ("validation", "test"):
            metrics.get(part, {}).pop("confusion_matrix", None)  # large, and in the fold's own file
        rows = read(run / FOLD)
        name = str(run.relative_to(self.folder))
        self.runs[seed, number] = {
            "seed": seed,
            "fold": number,
            "folder": name,
            "rows": rows,
            "metrics": metrics,
        }
        self.write()

    def write(self, summary: dict[str, Any] | None = None) -> None:
        """Writes `crossval.json`: the plan, the folds that are done, and what they say together once all are."""
        runs = [self.runs[pair] for pair in self.plan.pairs() if pair in self.runs]
        content = {**asdict(self.plan), "runs": runs, **(summary or {})}
        write_text(
            self.folder / CROSSVAL,
            json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n",
        )

    def table(self) -> str | None:
        """Returns the fingerprint of the table of the folds that were begun; None before the first.

        Raises:
            ConfigError: if what a fold says of it is damaged.
        """
        facts = (read(self.run_folder(*pair) / FOLD, _says_its_table) for pair in self.plan.pairs())
        return next((str(each["table"]) for each in facts if each), None)

    def remove_weights(self, seed: int, number: int) -> None:
        """Removes what is large of a fold: its score does not need it."""
        run = self.run_folder(seed, number)
        for name in (LAST.parent, MODEL):
            shutil.rmtree(run / name, ignore_errors=True)
        for file in (ANSWER, WORDS):
            (run / file).unlink(missing_ok=True)

    def discard_untrained(self) -> bool:
        """Removes the whole folder where no fold has anything to keep; returns whether it did."""
        if (
            name_of(self.folder)
            or self.runs
            or any((self.run_folder(*pair) / LAST.parent).is_dir() for pair in self.plan.pairs())
        ):
            return False
        shutil.rmtree(self.folder)
        return True


def _says_its_table(fold: dict[str, Any]) -> bool:
    return isinstance(fold["table"], str)


def read(file: Path, fits: Callable[[Any], Any] = bool) -> dict[str, Any]:
    """Returns the content of a JSON file of a fold; empty where there is none.

    Args:
        file: The file.
        fits: Looks into what it says: see `read_mapping`.

    Raises:
        ConfigError: if it is damaged.
    """
    remedy = Message("Remove the folder of that fold, {folder}, and go on with --resume.", folder=file.parent)
    return read_mapping(file, remedy, fits=fits)


def begin(root: Path, plan: Plan) -> Crossval:
    """Claims the next free `crossval_N`."""
    remember_options(plan.options)
    new = Crossval(claim(root, KIND), plan, {})
    new.write()
    return new


def opened(folder: Path) -> Crossval:
    """Returns a cross-validation as it was left.

    Raises:
        ConfigError: if its file is damaged, or its plan is none: a seed that is no number would be a place elsewhere.
    """
    file = folder / CROSSVAL
    remedy = Message("Put a copy of it back, or start anew, without --resume.")
    content = read_mapping(file, remedy)
    check_plan(content, file)
    try:
        return _as_left(folder, content)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise damaged(file, OTHER, remedy) from error


def _as_left(folder: Path, content: dict[str, Any]) -> Crossval:
    plan = Plan(content["options"], content["folds"], content["seeds"], content.get("keep_models", False))
    crossval = Crossval(folder, plan, {})
    for run in content["runs"]:
        place = crossval.run_folder(run["seed"], run["fold"])
        if Path(run["folder"]) != place.relative_to(folder):
            raise ValueError(run["folder"])  # else a place elsewhere
        if (place / METRICS).is_file():
            crossval.runs[run["seed"], run["fold"]] = run
    return crossval


def check_plan(content: dict[str, Any], file: Path) -> None:
    """Refuses a plan that is not as it was written.

    Raises:
        ConfigError: if one of its values is of another kind.
    """
    numbers, words = content.get("seeds"), content.get("options")
    whole = isinstance(numbers, list) and all(type(each) is int for each in [*numbers, content.get("folds")])
    if not (whole and isinstance(words, list) and all(isinstance(each, str) for each in words)):
        raise ConfigError(
            "{file} is damaged: its folds, seeds or options are not as they were written. Start anew without --resume.",
            file=file,
        )


def find(name: str, root: Path) -> Crossval:
    """Returns the cross-validation that a word stands for: a path, `latest`, `crossval_3`, `3`, or its name.

    Raises:
        ConfigError: if there is none.
    """
    there = [folder for folder in all_crossvals(root) if (folder / CROSSVAL).is_file()]
    named = run_named(name, root)
    places = [Path(name), root / name, root / f"{KIND}_{name}", *([] if named is None else [named])]
    for folder in there[-1:] if name == "latest" else places:
        if (folder / CROSSVAL).is_file():
            return opened(folder)
    raise ConfigError(
        'there is no cross-validation "{name}". There are in {root}: {known}. Give one of these, a path, or latest; '
        "finetune crossval without --resume starts one.",
        name=name,
        root=root,
        known=names(there),
    )


def find_same(plan: Plan, root: Path) -> Crossval:
    """Returns the newest cross-validation that does the same.

    Raises:
        ConfigError: if there is none.
    """
    for folder in reversed(all_crossvals(root)):
        if (folder / CROSSVAL).is_file():
            there = opened(folder)
            if same(there.plan, plan):
                return there
    raise ConfigError(
        "no cross-validation in {root} was started with these options. Name one, as in --run latest --resume, or leave "
        "out --resume to start one.",
        root=root,
    )


def same(first: Plan, second: Plan) -> bool:
    """Returns whether two do the same, whatever they keep."""
    return (first.options, first.folds, first.seeds) == (second.options, second.folds, second.seeds)
