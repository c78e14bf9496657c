"""A table answered: read, asked and written a window of rows at a time, so that memory does not grow with it."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from .answers import Floats
from .model import Model
from .reading import family, open_table
from .said import localized, tell
from .table import Row, Table
from .texts import Made, Making, Texts
from .writing import prepared, refuse_to_replace, write

WINDOW = 2048
"""Rows that are sorted by length and asked together."""


Ask = Callable[[Sequence[Texts]], Floats]
"""Gives what is said of each output of N rows. [N, C]"""

Watch = Callable[["Counter[str]", Table], object]
"""Is told how many rows were seen, answered and not sure of, of which table."""


def answer_table(
    model: Model, making: Making, source: Path, output: Path | None, *, guard: bool, overwrite: bool
) -> None:
    """Answers every row of a table, and says of how many the model is not sure.

    Args:
        model: The model.
        making: How texts are made.
        source: The table.
        output: The file to write; `<table>_predicted` beside where one stands when left out.
        guard: Whether the user's own formulas are guarded in any case.
        overwrite: Whether a file that holds something else may be replaced.

    Raises:
        Refused: The table cannot be read, or the file not be written.
    """
    path = output or Path(f"{source.stem}_predicted{source.suffix}")
    seen = label_table(
        model, making, source, path, guard=guard, overwrite=overwrite, remark=print, watch=_shown
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    _told(model, path, seen)


def label_table(
    model: Model,
    making: Making,
    source: Path,
    path: Path,
    *,
    guard: bool,
    overwrite: bool,
    remark: Callable[[str], object],
    watch: Watch,
    ask: Ask | None = None,
) -> "Counter[str]":
    """Writes a table with its answers; returns how many rows it has, are answered, and not sure.

    Args:
        model: The model.
        making: How texts are made.
        source: The table.
        path: The file to write.
        guard: Whether the user's own formulas are guarded in any case.
        overwrite: Whether a file that holds something else may be replaced.
        remark: Is told what was noticed of the table.
        watch: Is told how far it is, before the first rows and behind each window of them; what it raises ends all, and
            no file is left.
        ask: Answers in place of the model; likewise.

    Raises:
        Refused: The table cannot be read, or the file not be written.
    """
    family(path)  # before the table is read
    table = open_table(source, making.fits)
    made = making.of_table(table, source)
    own = list(model.columns(np.zeros((0, len(model.labels)))))
    out = prepared(path, table, own, model.labels, guard=guard)
    if not overwrite or (path.exists() and path.samefile(source)):
        refuse_to_replace(out, source)
    for line in table.remarks:
        remark(line)
    if ask is None:
        model.load()
    seen: Counter[str] = Counter()
    watch(seen, table)
    write(out, _answered(model, made, table, seen, watch=watch, ask=ask or model.probabilities))
    return seen


def _answered(
    model: Model, made: Made, table: Table, seen: "Counter[str]", *, watch: Watch, ask: Ask
) -> Iterator[Row]:
    """The rows with our columns; those without a text have none of them."""
    rows, own = table.rows(), len(model.columns(np.zeros((0, len(model.labels)))))
    while window := list(islice(rows, WINDOW)):
        first = table.first_line + seen["rows"]
        texts = [made.of(row, number) for number, row in enumerate(window, first)]
        asked = [text for text in texts if text is not None]
        columns = model.columns(ask(asked)) if asked else {}
        answers = zip(*columns.values(), strict=True)
        for row, text in zip(window, texts, strict=True):
            yield [*row, *([None] * own if text is None else next(answers))]
        seen.update(rows=len(window), answered=len(asked), unsure=sum(columns.get("abstained", ())))
        watch(seen, table)


def _shown(seen: "Counter[str]", table: Table) -> None:
    if seen["rows"] and sys.stderr.isatty():
        print(f"\r{seen['rows']} / {table.count}", end="", file=sys.stderr, flush=True)


def _told(model: Model, path: Path, seen: "Counter[str]") -> None:
    n, left = seen["answered"], seen["rows"] - seen["answered"]
    print(tell("{path}: {n} row answered.", "{path}: {n} rows answered.", path=path, n=n))
    threshold = model.calibration.get("abstain_below")
    if threshold:
        print(
            tell(
                "The model is not sure of {unsure} (confidence below {threshold}).",
                unsure=seen["unsure"],
                threshold=localized(f"{threshold:.3f}"),
            )
        )
    if left:
        print(tell("{n} row has no text, and no answer.", "{n} rows have no text, and no answer.", n=left))
