"""A file of any known kind as a table, by its suffix. Knows no texts."""

from collections.abc import Callable
from pathlib import Path

from .columns import Fits
from .delimited import open_delimited
from .json_lines import open_json
from .said import Refused, tell
from .table import Table
from .workbook import open_workbook

FAMILIES = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xlsx": "xlsx",
}
OPENING: dict[str, Callable[[Path, Fits], Table]] = {
    "text": open_delimited,
    "json": open_json,
    "xlsx": open_workbook,
}


def family(path: Path) -> str:
    """Returns what kind of file a name stands for.

    Raises:
        Refused: None that is known.
    """
    found = FAMILIES.get(path.suffix.lower())
    if found is None:
        raise Refused(
            tell(
                '{path}: files that end in "{suffix}" are not known; there are {suffixes}',
                path=path,
                suffix=path.suffix,
                suffixes=", ".join(FAMILIES),
            )
        )
    return found


def open_table(path: Path, fits: Fits) -> Table:
    """Opens a table.

    Args:
        path: The file.
        fits: Whether a line is the header; where none is, it is opened all the same.

    Raises:
        Refused: It is not there, or no table.
    """
    opening = OPENING[family(path)]
    if not path.is_file():
        raise Refused(tell("{path}: there is no such file", path=path))
    return opening(path, fits)
