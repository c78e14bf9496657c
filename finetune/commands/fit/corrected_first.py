"""fit --run RUN --with FILE: a run's rows and what was corrected become the table of a new run, which then begins."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.cli.lightning_cli import run as run_verb
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import LOOKED_AT, names, runs_root
from finetune.cli.trusted import look_at_options, remember_options
from finetune.cli.verb import Ready
from finetune.commands.fit.corrected_asked import (
    BASE,
    RUN,
    START,
    WHERE,
    kept_ways,
    refuse_with_it,
    run_of,
    take_files,
)
from finetune.commands.fit.merged_table import PART
from finetune.commands.fit.merging import Merged, merged
from finetune.commands.fit.waiting import begun
from finetune.corrections.corrections import Corrections
from finetune.corrections.identity import identity_of
from finetune.corrections.store import Store
from finetune.data.asked import Reading
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.fingerprint import fingerprint
from finetune.data.dividing.parts import split_frame
from finetune.data.labels.outputs import label_names
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError
from finetune.evaluation.old_and_new import what_was_done
from finetune.files.home import expanded
from finetune.files.whole import write_text
from finetune.language.lists import SHOWN, quoted
from finetune.language.say import AnyMessage, Message, joined, note, say, show
from finetune.runs.corrected import CORRECTED, TABLE, corrected
from finetune.runs.effort import EFFORT, QUICK
from finetune.runs.folder import BEST, CONFIG, SPLIT, claim
from finetune.runs.same_data import check_split
from finetune.runs.saved import table_of
from finetune.runs.seeds import is_averaged
from finetune.tasks.table import AUTO
from finetune.tasks.task import MULTI, NUMBER

USUAL_START = BASE
"""From which weights a new run begins where nothing is said."""

OF_THE_PHASES = ("--seeds", "--adapt_first")
"""Options of fit that are done before it, which no other verb knows."""


@dataclass(frozen=True)
class Old:
    """A run as its table is read again.

    Attributes:
        run: Its folder.
        parts: The rows of each part.
        reading: How they were read.
        is_quick: Whether the new run, too, takes no step.
    """

    run: Path
    parts: dict[str, Rows]
    reading: Reading
    is_quick: bool


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
    root = runs_root(argv)
    if not files:
        if starts:
            raise ConfigError("--from goes with --with: it says from which weights a corrected run begins.")
        folder = waits(options, root)
        return (argv, 0) if folder is None else taken_up(folder, trust="--trust" in options)
    refuse_with_it(options, starts)
    options, run = run_of(options, root)
    old = looked_at(run, options, check=check)
    found = merged(old.parts, [read(file, old) for file in files])
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


def looked_at(run: Path, options: list[str], *, check: Callable[[Ready], None]) -> Old:
    """Returns a run with its rows, once its table was found to be the one that it was trained on.

    Args:
        run: Its folder.
        options: Those that were typed for the new one.
        check: Refuses what the fit would refuse before its training.

    Raises:
        UserError: if the table is gone or has changed, or the options are refused.
    """
    found: list[Old] = []

    def look(ready: Ready) -> int:
        """Read the table of a run again, and train nothing.

        What the new run asks for is looked at.
        """
        if ready.trainer.fast_dev_run:  # type: ignore[attr-defined]
            raise ConfigError(
                "--with makes a run of its own, and --trainer.fast_dev_run tries a step: leave one of them away."
            )
        check(ready)
        parts = same_rows(run, ready)
        found.append(Old(run, parts, ready.data.reading, ready.options.effort == QUICK))
        return 0

    words, _ = take_option(options, OF_THE_PHASES)
    run_verb(["fit", f"--config={run / CONFIG}", *words], look)
    return found[0]


def same_rows(run: Path, ready: Ready) -> dict[str, Rows]:
    """Returns the rows of a run by part.

    Raises:
        ConfigError: if its table cannot be read, or is another by now.
    """
    path = ready.data.paths["train"]
    try:
        parts = ready.data.every_part(lambda text: None)
    except DataError as error:
        raise ConfigError(
            "the table of {run} cannot be read any more: {why}\nIf it lies elsewhere now, say where: --data.path TABLE",
            run=run,
            why=error.message,
        ) from error
    was = table_of(run / BEST) if (run / BEST).exists() else None
    tables = {id(table): table for table, _ in parts.values()}
    if was not in (None, fingerprint(tables.values(), ready.data.division)):
        raise ConfigError(
            "{table} has changed since {run} was trained on it: which of its rows were trained on, and which are the "
            "test, can no longer be told. Give the table as it was (--data.path, wherever a copy lies), or train anew "
            "on the table as it is:\n  finetune fit --config {config}",
            table=path,
            run=run,
            config=run / CONFIG,
        )
    check_split(run / SPLIT, split_frame(parts))
    return parts


def tell(found: Merged, run: Path) -> None:
    """Says what became of the corrections."""
    said: list[AnyMessage] = what_was_done(found.counts.as_values())
    if found.appeared:
        said.append(Message("new classes: {names}", names=quoted(found.appeared, most=SHOWN)))
    if found.gone:
        said.append(Message("no row has any more: {names}", names=quoted(found.gone, most=SHOWN)))
    for each in said:
        show(say("{run}: {what}", run=run.name, what=each))


def refuse_nothing(found: Merged, files: Sequence[str]) -> None:
    """Refuses to train where nothing is other than before.

    Raises:
        ConfigError: if nothing is.
    """
    if found.counts.changes:
        return
    done = what_was_done(found.counts.as_values())
    raise ConfigError(
        "nothing in {files} changes what the run has learned from, so that no new run is trained ({what}).",
        files=quoted(files, most=SHOWN),
        what=joined(done, "; ") if done else Message("there are no corrections"),
    )


def kept(
    old: Old, found: Merged, options: list[str], *, files: list[str], start: str, root: Path
) -> list[str]:
    """Writes the table of the new run into its folder; returns the fit that learns of it.

    Args:
        old: The run before.
        found: The table.
        options: Those that were typed.
        files: Where the corrections stand.
        start: From which weights it begins.
        root: Folder of the runs.

    Raises:
        UserError: if it cannot be written, or would be read otherwise.
    """
    folder = claim(root)
    try:
        write_text(
            folder / TABLE,
            found.frame.to_csv(index=False, quoting=1, lineterminator="\r\n"),  # csv.QUOTE_ALL
            encoding="utf-8-sig",
        )
        refuse_misread(folder / TABLE, found, old)
        words = of_new(old, found, options, start=start, table=folder / TABLE)
        remember_options(words)
        content = {
            "run": str(old.run),
            "files": files,
            "from": start,
            "rows": found.counts.as_values(),
            "classes": {"new": found.appeared, "gone": found.gone},
            "options": words,
        }
        text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
        write_text(folder / CORRECTED, text + "\n")
    except BaseException:
        shutil.rmtree(folder)
        raise
    note(
        "a new run is trained, in {folder}, from the weights of {run}; its table is {table}"
        if start == RUN
        else "a new run is trained, in {folder}, from the model that {run} began from; its table is {table}",
        folder=folder,
        run=old.run,
        table=folder / TABLE,
    )
    return ["fit", *words, f"--folder={folder}"]


def of_new(old: Old, found: Merged, options: list[str], *, start: str, table: Path) -> list[str]:
    """Returns the options of the new run: those of the older one, those that were typed, and its own table."""
    task, there = old.parts["train"][0].task, old.parts
    typed, _ = take_option(options, WHERE)
    from_run = start == RUN and not names(("--model.name", "--adapt_first"), options)
    own = {
        **dict.fromkeys((*WHERE, "--data.label_columns", "--data.split"), "null"),
        "--data.path": str(table),
        "--data.label_column": found.label,
        "--data.split_column": PART,
        **({} if old.reading.template is not None else {"--data.text_column": found.texts[0]}),
        **({"--data.empty_labels": "none"} if task.problem_type == MULTI else {}),
        **{f"--data.{part}_fraction": "0" for part in ("validation", "test") if part not in there},
        **({"--task": task.name} if old.reading.task == AUTO else {}),
    }
    return [
        f"--config={old.run / CONFIG}",
        *([f"--model.name={old.run}"] if from_run else []),
        *kept_ways(old.run, options),
        *typed,
        *(f"{name}={value}" for name, value in own.items()),
    ]


def refuse_misread(file: Path, found: Merged, old: Old) -> None:
    """Refuses a table that would not be read as it was put together.

    Raises:
        DataError: if it would not.
    """
    reading, task = old.reading, old.parts["train"][0].task
    tables = read_source(
        str(file),
        text_column=None if reading.template is not None else found.texts[0],
        text_pair_column=reading.text_pair_column,
        template=reading.template,
        label_column=found.label,
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
        task=task.name if reading.task == AUTO else reading.task,
        label_order=reading.label_order,
        empty_labels="none" if task.problem_type == MULTI else reading.empty_labels,
    )
    table, wanted = tables["all"], found.frame[found.label].tolist()
    labels = table.label or []
    if task.problem_type == NUMBER:
        labels, wanted = [str(float(each)) for each in labels], [str(float(each)) for each in wanted]
    same = all(table.frame[name].tolist() == found.frame[name].tolist() for name in found.texts)
    if labels != wanted or not same:
        raise DataError(
            "{file}: the rows and corrections together would be read otherwise than they were written, so that nothing "
            "is trained on them. Correct the table of the run by hand, and train anew on it.",
            file=file,
        )


def read(file: str, old: Old) -> Corrections:
    """Returns what a file says of the rows of a run.

    Raises:
        UserError: if it is another run's, or no file of corrections.
    """
    table = old.parts["train"][0]
    labels = [] if table.task.problem_type == NUMBER else label_names(table)
    identity = identity_of(old.run, task=table.task.name, labels=labels, columns=table.text_columns)
    with Store.looked_at(expanded(file), of=identity) as store:
        return store.corrections()
