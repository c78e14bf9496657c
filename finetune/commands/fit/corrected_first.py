"""fit --run RUN --with FILE: a run's rows and what was corrected become the table of a new run, which then begins."""

from collections.abc import Callable, Sequence
from pathlib import Path

from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import LOOKED_AT, runs_root
from finetune.cli.trusted import look_at_options
from finetune.cli.verb import Ready
from finetune.commands.fit.corrected_asked import (
    BASE,
    NEW_LABELS,
    START,
    refuse_with_it,
    run_of,
    take_files,
    take_several,
)
from finetune.commands.fit.corrected_new import kept
from finetune.commands.fit.corrected_old import looked_at, read
from finetune.commands.fit.merging import Merged, merged
from finetune.commands.fit.waiting import begun
from finetune.errors import ConfigError
from finetune.evaluation.old_and_new import what_was_done
from finetune.language.lists import SHOWN, quoted
from finetune.language.say import Message, joined, note, say, show
from finetune.runs.corrected import CORRECTED, corrected
from finetune.runs.effort import EFFORT
from finetune.runs.seeds import is_averaged

USUAL_START = BASE
"""From which weights a new run begins where nothing is said: as if the table had been right from the start. Few fits of
scripts/bench/corrections.py tell neither start from the other; by this one no wrong label is remembered."""


def corrected_first(argv: list[str], *, check: Callable[[Ready], None]) -> tuple[list[str], int]:
    """Puts the rows of a run and corrections together, where that is asked for; returns the fit that learns of them.

    Args:
        argv: The command and its options, as typed.
        check: Refuses what the fit would refuse before its training.

    Returns:
        The command line, and the exit status: where it is not 0, no fit begins.

    Raises:
        UserError: if the run, its table or the corrections cannot be used, or nothing is corrected.
    """
    if "-h" in argv or "--help" in argv or LOOKED_AT in argv:
        return argv, 0
    options, files = take_files(argv[1:])
    options, starts = take_option(options, (START,))
    options, new = take_several(options, NEW_LABELS)
    root = runs_root(argv)
    if not files:
        if starts or new:
            raise ConfigError("--from and --new_labels go with --with: they say how a corrected run is made.")
        folder = waits(options, root)
        return (argv, 0) if folder is None else taken_up(folder, trust="--trust" in options)
    refuse_with_it(options, starts)
    options, run = run_of(options, root)
    old = looked_at(run, options, check=check)
    said = [read(file, old, new) for file in files]
    for each in said:
        for what in each.notes:
            note("{file}: {what}", file=each.source, what=what)
    found = merged(old.parts, said, group_column=old.group_column)
    tell(found, run)
    refuse_nothing(found, files)
    start = starts[-1] if starts else BASE if old.is_quick else USUAL_START
    return kept(old, found, options, files=files, start=start, root=root), 0


def waits(options: list[str], root: Path) -> Path | None:
    """Returns the folder of such a run that was stopped before its training began, where it is to go on."""
    folder = begun(options, root, record=CORRECTED)
    # by then others keep how far it is
    others = folder is not None and (is_averaged(folder) or (folder / EFFORT).is_file())
    return None if others else folder


def taken_up(folder: Path, *, trust: bool) -> tuple[list[str], int]:
    """Returns the fit of a run whose table was put together before it was stopped."""
    options = corrected(folder)["options"]
    look_at_options(options, place=folder / CORRECTED, trust=trust)
    return ["fit", *options, *(["--trust"] if trust else []), f"--folder={folder}"], 0


def tell(found: Merged, run: Path) -> None:
    """Says what became of the corrections."""
    for each in what_was_done(found.counts.as_values(), found.classes):
        show(say("{run}: {what}", run=run.name, what=each))


def refuse_nothing(found: Merged, files: Sequence[str]) -> None:
    """Refuses to train where nothing is other than before.

    Raises:
        ConfigError: if nothing is.
    """
    if found.counts.changes:
        return
    done = what_was_done(found.counts.as_values(), found.classes)
    raise ConfigError(
        "nothing in {files} changes what the run has learned from, so that no new run is trained ({what}).",
        files=quoted(files, most=SHOWN),
        what=joined(done, "; ") if done else Message("there are no corrections"),
    )
