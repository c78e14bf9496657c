"""The new run that is made of corrections: its table written, and read again; the options that it is trained with."""

import csv
import json
import shutil
from contextlib import suppress
from pathlib import Path

from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import names
from finetune.cli.trusted import remember_options
from finetune.commands.fit.corrected_asked import RUN, WHERE, kept_ways
from finetune.commands.fit.corrected_old import Old
from finetune.commands.fit.merged_table import PART
from finetune.commands.fit.merging import Merged
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError, DiskError
from finetune.files.whole import write_text
from finetune.language.say import note, reason
from finetune.runs.corrected import CORRECTED, TABLE
from finetune.runs.folder import CONFIG, claim
from finetune.tasks.table import AUTO
from finetune.tasks.task import MULTI, NUMBER


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
    try:
        folder, words = written(old, found, options, files=files, start=start, root=root)
    except OSError as error:
        raise DiskError(
            "the rows and corrections cannot be written as a table in {root} ({why}), and nothing is trained. Make "
            "room, or name another folder: --trainer.default_root_dir FOLDER.",
            root=root,
            why=reason(error),
        ) from error
    note(
        "a new run is trained, in {folder}, from the weights of {run}; its table is {table}"
        if start == RUN
        else "a new run is trained, in {folder}, from the model that {run} began from; its table is {table}",
        folder=folder,
        run=old.run,
        table=folder / TABLE,
    )
    return ["fit", *words, f"--folder={folder}"]


def written(
    old: Old, found: Merged, options: list[str], *, files: list[str], start: str, root: Path
) -> tuple[Path, list[str]]:
    """Writes the table and what is known of it; returns their folder, and the options of the fit.

    Raises:
        DataError: if it would be read otherwise; then, as after any other error, there is no folder.
    """
    folder = claim(root)
    try:
        write_text(
            folder / TABLE,
            found.frame.to_csv(index=False, quoting=csv.QUOTE_ALL, lineterminator="\r\n"),
            encoding="utf-8-sig",
        )
        columns = columns_of(folder / TABLE, found, old)
        words = of_new(old, options, columns, start=start, table=folder / TABLE)
        remember_options(words)
        content = {
            "run": str(old.run),
            "files": files,
            "from": start,
            "rows": found.counts.as_values(),
            "classes": found.classes,
            "options": words,
        }
        text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
        write_text(folder / CORRECTED, text + "\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder, words


def of_new(old: Old, options: list[str], columns: dict[str, str], *, start: str, table: Path) -> list[str]:
    """Returns the options of the new run: those of the older one, those that were typed, and its own table.

    Args:
        old: The run before.
        options: Those that were typed.
        columns: The columns that have to be named.
        start: From which weights it begins.
        table: Its own table.
    """
    task, there = old.parts["train"][0].task, old.parts
    typed, _ = take_option(options, WHERE)
    from_run = start == RUN and not names(("--model.name", "--adapt_first"), options)
    own = {
        **dict.fromkeys((*WHERE, "--data.label_columns", "--data.split"), "null"),
        "--data.path": str(table),
        "--data.split_column": PART,
        **{f"--data.{name}": value for name, value in columns.items()},
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


def columns_of(file: Path, found: Merged, old: Old) -> dict[str, str]:
    """Returns the columns that have to be named for the table to be read as it was put together.

    None where those that the older run names do: other tables may have others, which are found by their names.

    Raises:
        DataError: if it would be read otherwise all the same.
    """
    named = {"label_column": found.label}
    named |= {} if old.reading.template is not None else {"text_column": found.texts[0]}
    for columns in ({}, named):
        with suppress(DataError):
            if is_read(read_again(file, old, columns), found):
                return columns
    raise DataError(
        "{file}: the rows and corrections together would be read otherwise than they were written, so that nothing "
        "is trained on them. Correct the table of the run by hand, and train anew on it.",
        file=file,
    )


def read_again(file: Path, old: Old, columns: dict[str, str]) -> Table:
    """Returns the table of the new run as it is going to be read."""
    reading, task = old.reading, old.parts["train"][0].task
    asked = {"text_column": reading.text_column, "label_column": reading.label_column} | columns
    tables = read_source(
        str(file),
        text_column=asked["text_column"],
        text_pair_column=reading.text_pair_column,
        template=reading.template,
        label_column=asked["label_column"],
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
        task=task.name if reading.task == AUTO else reading.task,
        label_order=reading.label_order,
        empty_labels="none" if task.problem_type == MULTI else reading.empty_labels,
    )
    return tables["all"]


def is_read(table: Table, found: Merged) -> bool:
    """Returns whether a table is read as it was put together: the same cells are its texts, the same labels its own."""
    labels, wanted = table.label or [], found.frame[found.label].tolist()
    if table.task.problem_type == NUMBER:
        labels, wanted = [str(float(each)) for each in labels], [str(float(each)) for each in wanted]
    same = all(table.frame[name].tolist() == found.frame[name].tolist() for name in found.texts)
    return table.text_columns == found.texts and same and labels == wanted
