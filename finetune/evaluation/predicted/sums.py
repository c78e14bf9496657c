"""What decides the answers, as sums: where two of them are equal, so are the answers. Computes no answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finetune.data.windows import Windows
from finetune.errors import DataError
from finetune.evaluation.answering import Answering


def sum_of_rows(windows: Windows) -> str:
    """Returns the sum of a table: of its files, where its rows are read from these again; else of what was read."""
    digest = hashlib.blake2b(digest_size=16)
    files = _files(windows) if windows.read_again else []
    if files:
        for file in files:
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "blake2b").digest())
        return digest.hexdigest()
    for frame in windows.frames():
        for row in frame.itertuples(index=False, name=None):
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def refuse_changed(windows: Windows, before: str) -> None:
    """Refuses a table whose files are no longer those that were answered: its rows would get the answers of others.

    Args:
        windows: The table.
        before: Its sum before it was answered.

    Raises:
        DataError: if they were changed since, and are read each time that its rows are asked for.
    """
    if windows.read_again and _files(windows) and sum_of_rows(windows) != before:
        raise DataError(
            "{source}: the table was changed while it was answered, so the answers may be to other rows, and no file "
            "was written. Give the command again when nothing writes to the table",
            source=windows.source,
        )


def _files(windows: Windows) -> list[Path]:
    """The files of a table; none where it comes from no file."""
    files = [Path(piece.name) for piece in windows.whole.parts]
    return files if all(file.is_file() for file in files) else []


def sum_of(values: Mapping[str, Any]) -> str:
    """Returns the sum of settings."""
    return hashlib.blake2b(repr(sorted(values.items())).encode(), digest_size=16).hexdigest()


def settings_of(how: Answering) -> dict[str, Any]:
    """Returns what of a way to answer decides the answers, its network apart."""
    return {"calibration": asdict(how.calibration), "mix": asdict(how.mix), "labels": how.labels}
