"""Sums of the texts that a labelled table, or a run, validates and tests on: none of them is to be learnt before."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from finetune.data.asked import Reading, Source
from finetune.data.batching.batches import Integers
from finetune.data.domain.texts import Tell, Texts
from finetune.data.module import TextData
from finetune.data.reading.cells import cell_text
from finetune.data.reading.loaded import split_of
from finetune.data.reading.sums import Sums, read_sums, sums_of_words
from finetune.data.reading.table import Table
from finetune.errors import DataError
from finetune.files.home import expanded
from finetune.language.lists import SHOWN, quoted
from finetune.language.say import AnyMessage, Message, note, reason
from finetune.runs.folder import CONFIG, ROOT
from finetune.tasks.table import AUTO

NOTHING = "nothing"
"""Stands for no texts where those to leave out are named."""

NO_SUMS: Sums = np.zeros(0, dtype=np.uint64)
CHUNK_ROWS = 50_000
"""Rows that are summed at once."""

DIVIDES = (
    *("path", "validation_path", "test_path", "text_column", "text_pair_column", "template", "label_column"),
    *("label_columns", "label_order", "empty_labels", "reader", "sheet", "header_line", "on_bad_rows"),
    *("fix_encoding", "max_characters", "split", "group_column", "time_column", "split_column"),
    *("validation_fraction", "test_fraction", "split_seed", "folds", "fold", "fold_seed"),
)
"""Options of a run that decide which of its texts are held out."""


def held_out(data: TextData, tell: Tell = note) -> Sums:
    """Returns the sums of the texts of a labelled table that do not train: those of validation and test.

    Args:
        data: The table.
        tell: Takes what the user should know of it.

    Raises:
        DataError: It cannot be used or divided as `fit` does.
    """

    def each() -> Iterator[Sums]:
        for part, (table, index) in data.every_part(tell).items():
            if part != "train":
                for start in range(0, len(index), CHUNK_ROWS):
                    yield from map(sums_of_words, _texts(table, index[start : start + CHUNK_ROWS]))

    return np.concatenate([NO_SUMS, *each()])


def named(leave_out: str, *, label_column: str | None = None) -> Sums:
    """Returns the sums of the texts that are held out by what the user names.

    Args:
        leave_out: A labelled table, which is divided as `fit` does by default; the folder of a run, whose table is
            divided as it was; a `.npy` of sums; or `nothing`.
        label_column: Column of the labels of a table; found by its name when left out.

    Raises:
        DataError: It cannot be used.
    """
    if leave_out == NOTHING:
        return NO_SUMS
    path = expanded(leave_out)
    if path.suffix == ".npy":
        return _of_file(path)
    runs = (path, ROOT / leave_out, ROOT / f"version_{leave_out}")
    run = next((each for each in runs if (each / CONFIG).is_file()), None)
    return held_out(TextData(leave_out, label_column=label_column) if run is None else _of_run(run))


def own(
    source: Source | list[str], sources: list[Source], texts: Texts, reading: Reading, tell: Tell
) -> Sums:
    """Returns the sums of the texts that `fit` would hold out, of those tables among the sources that are labelled.

    Args:
        source: What the user named: as one table, where `fit` reads it so.
        sources: The sources that it is.
        texts: The texts that were found.
        reading: How they are read.
        tell: Takes what the user should know.

    Raises:
        DataError: None has the column of labels that is named.
    """
    names = {each.source for each in texts.windows if each.whole.label_column is not None}
    if not names:
        if reading.label_column is not None:  # else what fit tests on would be learned
            raise DataError(
                'there is no column "{column}" in {sources}: give another --data.label_column, or leave it away where '
                "there are no labels",
                column=reading.label_column,
                sources=quoted([each.source for each in texts.windows], most=SHOWN),
            )
        return NO_SUMS
    options: dict[str, Any] = {
        name: getattr(reading, name)
        for name in (
            "text_column",
            "label_column",
            "reader",
            "sheet",
            "header_line",
            "fix_encoding",
            "max_characters",
        )
    }
    if not isinstance(source, list) and len(sources) > 1:
        try:
            return held_out(TextData(source, **options), _silent)
        except DataError:
            pass  # no single table: each is divided by itself
    labelled = sources if len(sources) == 1 else [each for each in sources if str(each) in names]
    found = [NO_SUMS]
    for data in _each_table(labelled, options):
        try:
            found.append(held_out(data, _silent))
        except DataError as error:
            cannot = Message(
                "labels are there, but the table cannot be divided as fit does, so that none of its texts is left out "
                "({why})",
                why=error.message,
            )
            tell(cannot)
    return np.concatenate(found)


def _each_table(labelled: list[Source], options: Mapping[str, Any]) -> Iterator[TextData]:
    """The labelled tables as `fit` is given them: one that is called the test, or the validation, is that of all."""
    given: dict[str, Any] = {}
    for part in ("validation", "test"):
        called = [
            each for each in labelled if isinstance(each, Path) and split_of(each.name.split(".")[0]) == part
        ]
        if len(called) == 1 and len(labelled) > len(given) + 1:
            given[f"{part}_path"] = called[0]
    for each in labelled:
        if not any(each is one for one in given.values()):
            yield TextData(each, **given, **options)


def _texts(table: Table, index: Integers) -> Iterator[list[str]]:
    """The texts of rows as they are read; where these are made of several columns, what each of them says, too."""
    yield table.texts(index)
    if len(table.text_columns) > 1:
        for name in table.text_columns:
            yield [cell_text(cell) or "" for cell in table.frame[name].iloc[table.row[index]].tolist()]


def _silent(text: AnyMessage) -> None:
    """Says nothing: it was said when the texts were read."""


def _of_file(path: Path) -> Sums:
    try:
        return read_sums(path)
    except ValueError as error:
        raise DataError(
            "{path}: not a file of sums of texts, or a broken one: give the labelled table itself, or the folder of "
            "the run",
            path=path,
        ) from error
    except OSError as error:
        raise DataError("{path}: cannot be read ({reason})", path=path, reason=reason(error)) from error


def _of_run(run: Path) -> TextData:
    """The table of a run, to be divided as it was.

    Raises:
        DataError: Its configuration does not say how, or by a function that is not ours.
    """
    try:
        config = yaml.safe_load((run / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unknown(run) from error
    data = config.get("data") if isinstance(config, dict) else None
    if not isinstance(data, dict) or data.get("path") is None:
        raise _unknown(run)
    options = {name: data[name] for name in DIVIDES if name in data}
    task = next((each for each in _tasks(config) if each not in (None, AUTO)), AUTO)
    own = {
        name: value
        for name, value in {**options, "task": task}.items()
        if name in ("reader", "split", "task")
    }
    for name, value in own.items():
        if value is not None and ":" in str(value):
            # the configuration may be another's: what it names is not run here
            raise DataError(
                '{run}: its table is read or divided by a function that is not of this program ({name}: "{value}"). '
                "Write the sums of what it holds out with write_sums of finetune.data.reading.sums, and give that "
                "file.",
                run=run,
                name=name,
                value=str(value),
            )
    return TextData(**options, task=task)


def _tasks(config: Mapping[str, Any]) -> Iterator[Any]:
    yield config.get("task")
    for group in ("data", "model"):
        options = config.get(group)
        yield options.get("task") if isinstance(options, dict) else None


def _unknown(run: Path) -> DataError:
    return DataError(
        "{run}: its {config} does not say which table it was trained on: give --data.leave_out that table",
        run=run,
        config=CONFIG,
    )
