"""What was answered so far, kept beside the file until all of it is: a part for each window, and what they are of."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa

from finetune.errors import ConfigError
from finetune.files.lock import locked, release
from finetune.files.whole import write_text, write_through
from finetune.language.say import Message, joined, note, reason

MANIFEST = "manifest.json"
FORMAT = "1"
"""What the manifest says of how the parts are written: raise it when that changes."""

NAMES = "window_*.arrow"
COUNTS = b"counts"

OF = {
    "format": Message("version of this program"),
    "versions": Message("version of this program"),
    "table": Message("table"),
    "run": Message("run"),
    "options": Message("options"),
    "precision": Message("precision"),
}
"""What decides the answers, in words."""


@dataclass(frozen=True)
class Part:
    """The answers of a window.

    Attributes:
        answers: Our columns, a row for each of the window's; those that were not answered have nothing in them.
        counts: What is counted of them, by its name.
    """

    answers: pd.DataFrame
    counts: dict[str, int]


@contextmanager
def alone(output: Path) -> Iterator[None]:
    """Has this process be the only one that answers a table into this file.

    Raises:
        ConfigError: if another one does, or nothing can be put beside the file.
    """
    lock = output.with_name(f"{output.name}.lock")
    try:
        file = locked(lock, unable=lambda error: None)
    except OSError as error:
        raise ConfigError(
            "--output {output}: {lock}, which is there while the file is being written, cannot be made: {why}. Give "
            "another name.",
            output=output,
            lock=lock.name,
            why=reason(error),
        ) from error
    if file is None:
        raise ConfigError(
            "--output {output}: another prediction is writing this file. Wait until it has ended, or give another "
            "name.",
            output=output,
        )
    try:
        yield
    finally:
        release(file)


class Parts:
    """The parts of a file.

    Args:
        output: The file.
        of: What decides the answers, by names of `OF`; parts of others are of no use.
    """

    def __init__(self, output: Path, of: Mapping[str, str]) -> None:
        self.folder = output.with_name(f"{output.name}.parts")
        self.of = {"format": FORMAT, **of}

    def kept(self, rows: Mapping[int, int]) -> set[int]:
        """Returns the windows whose answers are there; begins anew where those that are there are of others.

        Args:
            rows: How many rows each window has.

        Raises:
            ConfigError: if the folder is none of ours.
        """
        if not self.folder.exists():
            return set()
        of = self._of()
        if of is None:
            raise ConfigError(
                "{folder} is where answers are kept until all are there, and it holds something else. Move it, or give "
                "another name with --output.",
                folder=self.folder,
            )
        other = [name for name, value in self.of.items() if of.get(name) != value]
        if other:
            note(
                "{folder}: what is kept there was answered otherwise ({what}): beginning anew",
                folder=self.folder,
                what=joined(list(dict.fromkeys(OF[name] for name in other)), ", "),
            )
            self.remove()
            return set()
        return {number for number, count in rows.items() if self._is_whole(number, count)}

    def _of(self) -> dict[str, str] | None:
        """What the parts that are there are of; None where the folder is none of ours."""
        try:
            found = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {} if self.folder.is_dir() and not any(self.folder.iterdir()) else None
        return found if isinstance(found, dict) else None

    def _is_whole(self, number: int, rows: int) -> bool:
        """Whether the part of a window is there, and not torn by a machine that went down."""
        try:
            return len(self.read(number).answers) == rows
        except (OSError, pa.ArrowException, ValueError, KeyError):
            return False

    def _path(self, number: int) -> Path:
        return self.folder / NAMES.replace("*", f"{number:06}")

    def write(self, number: int, part: Part) -> None:
        """Keeps the answers of a window, in one move."""
        if not (self.folder / MANIFEST).is_file():
            self.folder.mkdir(exist_ok=True)
            write_text(self.folder / MANIFEST, json.dumps(self.of, ensure_ascii=False, indent=2) + "\n")
        table = pa.Table.from_pandas(part.answers, preserve_index=False)
        noted = {**(table.schema.metadata or {}), COUNTS: json.dumps(part.counts).encode()}
        table = table.replace_schema_metadata(noted)
        options = pa.ipc.IpcWriteOptions(compression="zstd")

        def write(temporary: Path) -> None:
            with (
                temporary.open("wb") as stream,
                pa.ipc.new_file(stream, table.schema, options=options) as sink,
            ):
                sink.write_table(table)

        write_through(self._path(number), write)

    def read(self, number: int) -> Part:
        """Returns the answers of a window."""
        with self._path(number).open("rb") as stream:
            return _read(stream)

    def remove(self) -> None:
        """Takes the parts away, and nothing that is not of them."""
        for path in [*self.folder.glob(NAMES), self.folder / MANIFEST]:
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def _read(stream: IO[bytes]) -> Part:
    table = pa.ipc.open_file(stream).read_all()
    return Part(table.to_pandas(), json.loads(table.schema.metadata[COUNTS]))
