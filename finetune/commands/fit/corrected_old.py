"""A run whose rows are corrected: its table read again, found to be the one that it was; what is said of its rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.cli.lightning_cli import run as run_verb
from finetune.cli.take_option import take_option
from finetune.cli.verb import Ready
from finetune.corrections.corrections import Corrections
from finetune.corrections.identity import identity_of
from finetune.corrections.reading import SUFFIX, read_corrections
from finetune.corrections.row import Row
from finetune.data.asked import Reading
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.fingerprint import fingerprint
from finetune.data.dividing.parts import split_frame
from finetune.data.labels.outputs import label_names
from finetune.data.reading.cells import cell_text
from finetune.errors import ConfigError, DataError
from finetune.files.home import expanded
from finetune.runs.effort import QUICK
from finetune.runs.folder import BEST, CONFIG, SPLIT
from finetune.runs.same_data import check_split
from finetune.runs.saved import table_of
from finetune.tasks.task import NUMBER

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
        group_column: The column by whose groups it was divided, where it was.
    """

    run: Path
    parts: dict[str, Rows]
    reading: Reading
    is_quick: bool
    group_column: str | None = None


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
        quick = ready.options.effort == QUICK
        found.append(Old(run, parts, ready.data.reading, quick, ready.data.division.group_column))
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


def read(file: str, old: Old, new: Sequence[str]) -> Corrections:
    """Returns what a file says of the rows of a run.

    Args:
        file: A store of corrections, or a table.
        old: The run.
        new: Names that are new classes, though they look like one there is.

    Raises:
        UserError: if it is another run's, no file of corrections, or not clear.
    """
    table = old.parts["train"][0]
    labels = [] if table.task.problem_type == NUMBER else label_names(table)
    identity = identity_of(old.run, task=table.task.name, labels=labels, columns=table.text_columns)
    path = expanded(file)
    known = [] if path.suffix.lower() == SUFFIX else list(rows_of(old.parts))  # a store knows its rows
    return read_corrections(path, of=identity, reading=old.reading, known=known, new=new)


def rows_of(parts: Mapping[str, Rows]) -> Iterator[Row]:
    """Gives the rows of a run, part by part, as somebody may say something of them."""
    for part, (table, index) in parts.items():
        cells = [[cell_text(cell) or "" for cell in table.frame[name]] for name in table.text_columns]
        texts = zip(*table.texts_apart(index), strict=True)
        for place, of_row in zip(index.tolist(), texts, strict=True):
            position = int(table.row[place])
            yield Row(
                of_row,
                {name: each[position] for name, each in zip(table.text_columns, cells, strict=True)},
                table.source,
                position,
                table.line(position),
                (table.label or [])[place],
                part,
            )
