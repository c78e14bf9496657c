"""A table that is named and not there: told by its name alone, with what stands near. Reads none, and loads nothing."""

import difflib
import re
from pathlib import Path

from finetune.data.reading.addresses import refuse_address
from finetune.data.reading.opening import kind
from finetune.data.reading.other_kinds import SUFFIXES
from finetune.errors import DataError
from finetune.files.home import expanded
from finetune.language.lists import quoted
from finetune.language.say import Message

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")

READ = frozenset(
    f".{name}" for name in ["csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet", "xlsx", "xlsm"]
)
"""How files end that there is a reader for."""


def is_hub_id(name: str) -> bool:
    """Whether a name can be a data set of the hub; `folder/name` beside an existing folder is a path."""
    return bool(HUB_ID.fullmatch(name)) and not ("/" in name and Path(name).parent.is_dir())


def is_named_as_a_file(source: str) -> bool:
    """Whether what is not there was to be a file, and no data set of the hub."""
    return kind(expanded(source)) in READ | SUFFIXES.keys() or not is_hub_id(source)


def refuse_missing(source: str) -> None:
    """Refuses a file or folder that is not there; what may be a data set of the hub is left open.

    Raises:
        DataError: if it is not there, or an address of the web.
    """
    path = expanded(source)
    if not source.strip() or path.exists():
        return
    refuse_address(source)
    if is_named_as_a_file(source):
        raise not_there(path)


def not_there(path: Path) -> DataError:
    """Returns that there is no such file or folder."""
    return DataError("{no_file}: give the path of a table or a folder", no_file=no_file(path))


def no_file(path: Path) -> Message:
    """Returns that there is no such file, and what stands near the place where it should be."""
    folder = path.parent
    while not folder.is_dir():
        folder = folder.parent
    if folder != path.parent:
        return Message(
            "there is no folder {folder} (the nearest that exists is {nearest})",
            folder=path.parent,
            nearest=folder.resolve(),
        )
    seen = [each for each in folder.iterdir() if not each.name.startswith(".")]
    there = sorted(each.name for each in seen if each.is_dir() or kind(each) in READ)
    near = difflib.get_close_matches(path.name, there, n=5, cutoff=0.5) or there[:5]
    return Message(
        "there is no file {path} (nearby: {names})"
        if near
        else "there is no file {path} (no table stands there)",
        path=path,
        names=quoted(near),
    )
