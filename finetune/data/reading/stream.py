"""A table whose rows come in pieces, as often as they are asked for, and what is known of it without them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.data.reading.loaded import Loaded, Piece, Pieces


@dataclass(frozen=True)
class Stream:
    """A table of any length.

    Attributes:
        name: The table as the user would name it.
        columns: Its columns and their types, of no rows.
        dialect: How it was written.
        parts: The files it is put together from.
        rows: How many it has.
        frames: Gives its rows from the first on, a frame at a time, each with these columns and types.
        read_again: Whether these are read from its files each time, which may have changed by then.
    """

    name: str
    columns: pd.DataFrame
    dialect: Dialect
    parts: Pieces
    rows: int
    frames: Callable[[], Iterator[pd.DataFrame]]
    read_again: bool = True

    def with_column(self, name: str, value: str) -> "Stream":
        """Returns the same with one more column, which says the same of each row."""

        def with_it(frame: pd.DataFrame) -> pd.DataFrame:
            cells = pd.Series([value] * len(frame), index=frame.index, dtype="str")
            return frame.assign(**{name: cells})

        return replace(
            self, columns=with_it(self.columns), frames=lambda: (with_it(each) for each in self.frames())
        )

    def windows(self, size: int) -> Iterator[Loaded]:
        """Gives its rows so many at a time; a position in the parts of each counts from its own first row."""
        for number, frame in enumerate(cut(self.frames(), size)):
            parts = tuple(replace(piece, first=piece.first - number * size) for piece in self.parts)
            yield Loaded(self.name, frame, self.dialect, parts)


def cut(frames: Iterator[pd.DataFrame], size: int) -> Iterator[pd.DataFrame]:
    """Gives the rows of frames in others of so many rows each, the last of what is left."""
    pieces: list[pd.DataFrame] = []
    room = size
    for frame in frames:
        at = 0
        while at < len(frame):
            pieces.append(frame.iloc[at : at + room])
            at += len(pieces[-1])
            room -= len(pieces[-1])
            if not room:
                yield _joined(pieces)
                pieces, room = [], size
    if pieces:
        yield _joined(pieces)


def _joined(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(pieces, ignore_index=True) if len(pieces) > 1 else pieces[0].reset_index(drop=True)


def in_memory(table: Loaded) -> Stream:
    """Returns a table that was read as a whole."""
    return Stream(
        table.name,
        table.frame.iloc[:0],
        table.dialect,
        table.parts,
        len(table.frame),
        lambda: iter([table.frame]),
        read_again=False,
    )


def one_under_the_other(folder: str, streams: list[Stream]) -> Stream:
    """Returns several tables of the same columns as one."""
    first = streams[0]
    names = list(first.columns.columns)
    mixed = [
        name
        for name in names
        if any(each.columns[name].dtype != first.columns[name].dtype for each in streams)
    ]

    def alike(frame: pd.DataFrame) -> pd.DataFrame:
        """A frame with the columns of the first; as plain values where theirs are of several kinds."""
        plain = {name: pd.Series(frame[name].tolist(), dtype=object) for name in mixed}
        return frame[names].reset_index(drop=True).assign(**plain)

    def frames() -> Iterator[pd.DataFrame]:
        for each in streams:
            yield from map(alike, each.frames())

    parts: list[Piece] = []
    rows = 0
    for each in streams:
        parts += [replace(piece, first=rows) for piece in each.parts]
        rows += each.rows
    again = any(each.read_again for each in streams)
    return Stream(folder, alike(first.columns), first.dialect, tuple(parts), rows, frames, again)
