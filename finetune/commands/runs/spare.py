"""What nothing needs of a run that has finished, and why the rest is kept. Removes nothing.

Of a run `best.ckpt` and `model/` stay whatever happens: `--run best` compares runs by the first, and measures by it
where `model/` is damaged; by the second all answers are given, and other runs begin. Models into which adapters were
merged lie in one cache for all folders of runs: that no other one needs them cannot be said here.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from callbacks.saving.checksum import damage
from callbacks.saving.last_and_previous import previous_to
from finetune.cli.take_option import take_option
from finetune.errors import ConfigError
from finetune.files.draft import OLD, is_left
from finetune.language.say import AnyMessage, Message
from finetune.pretrained.files import problems
from finetune.runs.effort import CANDIDATES, EFFORT, compared_before
from finetune.runs.folder import BEST, CONFIG, CROSSVAL, LAST, MODEL, RunFolder
from finetune.runs.kind import is_of_words
from finetune.runs.lock import holder
from finetune.runs.named import there_are
from finetune.runs.run_name import name_of
from finetune.runs.seeds import SEEDS

CHECKPOINTS, COMPARED, LEFT = "checkpoints", "compared", "left"

LOST = {
    CHECKPOINTS: Message(
        "Without its last checkpoint a run answers, reports and exports as before, but its training cannot go on: no "
        "more epochs, no --resume, no --ckpt_path to it; and what is damaged of its results is not measured again."
    ),
    COMPARED: Message(
        "Without effort/ it still says which ways were compared, what they reached and why one was taken; the folds of "
        "each way, with their answers and curves, are gone."
    ),
    LEFT: Message("What a process that was killed left half-written is of no use to anybody."),
}
"""What is lost by each kind of what is freed."""


@dataclass(frozen=True)
class Part:
    """A file or a folder that nothing needs.

    Attributes:
        run: The folder of the run, or of the fold, that it belongs to.
        path: Where it is.
        kind: A row of `LOST`.
    """

    run: Path
    path: Path
    kind: str

    @property
    def size(self) -> int:
        """Its bytes on disk."""
        return size_of(self.path)


@dataclass(frozen=True)
class Spare:
    """What can be freed of a run.

    Attributes:
        parts: It, each.
        kept: Why nothing, or not all, is freed; None where nothing else is to be.
    """

    parts: list[Part] = field(default_factory=list)
    kept: AnyMessage | None = None


def size_of(path: Path) -> int:
    """Returns the bytes of a file or a folder."""
    files = [path] if not path.is_dir() else path.rglob("*")
    return sum(file.lstat().st_size for file in files if not file.is_dir())


def looked_at(run: Path, unfinished: Mapping[Path, Sequence[str]], *, force: bool) -> Spare:
    """Returns what can be freed of a run, or of the folds of a cross-validation.

    Args:
        run: Its folder.
        unfinished: What the runs that have not finished begin from, as `begun` gives it: it may be this one.
        force: Whether it is freed though it has a name.
    """
    name, process = name_of(run), holder(run)
    if process is not None:
        return Spare(kept=Message("process {process} is at work in it", process=process))
    if name is not None and not force:
        return Spare(kept=Message('it has the name "{name}" (--force)', name=name))
    if run.is_symlink():
        return Spare(kept=Message("it is a link to {place}", place=run.readlink()))
    other = next(
        (each for each, names in unfinished.items() if each != run and any(is_within(n, run) for n in names)),
        None,
    )
    if other is not None:
        return Spare(kept=Message("{other} begins from it, and has not finished", other=other.name))
    return of_folds(run) if (run / CROSSVAL).is_file() else of_run(run)


def of_folds(crossval: Path) -> Spare:
    """Returns the same of a cross-validation: each fold is a run."""
    if "metrics" not in read(crossval / CROSSVAL):
        return Spare(kept=Message("it has not finished"))
    folds = sorted(config.parent for config in crossval.rglob(CONFIG))
    found = [of_run(fold) for fold in folds]
    kept = next(
        (
            Message("{fold}: {why}", fold=fold.name, why=each.kept)
            for fold, each in zip(folds, found, strict=True)
            if each.kept
        ),
        None,
    )
    return Spare([part for each in found for part in each.parts], kept)


def of_run(run: Path) -> Spare:
    """Returns the same of a run."""
    if is_of_words(run):
        return Spare()
    try:
        if not RunFolder(run).finished():
            return Spare(kept=Message("it has not finished"))
        compared = "chosen" in compared_before(run)
    except ConfigError as error:
        return Spare(kept=error.message)
    parts = [Part(run, path, LEFT) for path in left_over(run)]
    if compared and (run / CANDIDATES).is_dir():
        parts.append(Part(run, run / CANDIDATES, COMPARED))
    last = [path for path in (run / LAST, previous_to(run / LAST)) if path.exists()]
    wrong = why_not_whole(run) if last else None
    if wrong is None:
        parts += [Part(run, path, CHECKPOINTS) for path in last]
    return Spare(parts, wrong)


def why_not_whole(run: Path) -> AnyMessage | None:
    """Returns why the last checkpoint may still be needed to make a run whole again; None where it is whole."""
    wrong = damage(run / BEST)
    if wrong is not None:
        return Message("{file}: {wrong}", file=BEST, wrong=wrong)
    found = problems(run / MODEL)
    return Message("{model}/: {problem}", model=MODEL, problem=found[0]) if found else None


def left_over(run: Path) -> list[Path]:
    """Returns what processes that are gone have left half-written; what may be the only one of its kind is kept."""
    drafts = [path for path in run.glob(".*") if path.is_dir() and is_left(path)]
    drafts += [path for path in (run / "export").glob(".*") if path.is_dir() and is_left(path)]
    return sorted(
        [*(run / LAST.parent).glob(".*.part"), *(path for path in drafts if not (path / OLD).exists())]
    )


def begun(root: Path) -> dict[Path, list[str]]:
    """Returns the runs that have not finished, and what they begin from: they may do so once more."""
    return {run: begins_from(run) for run in there_are(root) if not has_finished(run)}


def begins_from(run: Path) -> list[str]:
    """Returns the models and checkpoints that a run, or what is compared before it, begins from."""
    try:
        model = RunFolder(run).config().get("model", {}).get("name")
    except ConfigError:
        model = None
    found = [model] if isinstance(model, str) else []
    for file in (CROSSVAL, EFFORT, SEEDS):
        options = read(run / file).get("options")
        if isinstance(options, list):
            with suppress(ConfigError):  # one without a value: it is damaged, and names none
                found += take_option([*map(str, options)], ("--model.name", "--ckpt_path"))[1]
    return found


def is_within(name: str, run: Path) -> bool:
    """Returns whether a path is a run's folder, or in it."""
    return Path(name).absolute().is_relative_to(run.absolute())


def has_finished(run: Path) -> bool:
    """Returns whether nothing of a run is to come; of one that is damaged nobody knows."""
    try:
        return "metrics" in read(run / CROSSVAL) or RunFolder(run).finished()
    except ConfigError:
        return False


def read(file: Path) -> dict[str, object]:
    """Returns what a file says; nothing where it is not there, or damaged: then nothing counts as finished."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
