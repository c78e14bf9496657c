"""Where an export goes: a new folder, or one of ours that is whole and may be replaced. Writes nothing."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finetune import __version__
from finetune.errors import ConfigError
from finetune.files.whole import may_be_replaced
from finetune.language.say import Message, reason
from finetune.page.offline.marked import GENERATOR
from finetune.runs.export_sums import PROOF, recorded, sums_of

MADE_BY = "finetune export"
EXPORT = "export"
"""The folder within a run's."""

BYTECODE = "__pycache__"
"""What Python leaves beside a program that has run."""

SHOWN = 5


def usual_place(run: Path, name: str) -> Path:
    """Returns where an export of a run goes unless another folder is asked for."""
    return run / EXPORT / name


def check_place(folder: Path) -> None:
    """Refuses a folder with something in it that is not of an export, before anything is computed.

    Raises:
        ConfigError: if it has, or is a file, or cannot be read or written.
    """
    with readable(folder):
        _check_content(folder)
        check_writable(folder)


def _check_content(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ConfigError(
            "--output {folder} is a file or a link. Give a folder that is not there yet.", folder=folder
        )
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    proof = read_proof(folder)
    if proof is None:
        raise ConfigError(
            "{folder} is not empty and holds no export: nothing in it is touched. It has: {files}. Give a folder that "
            "is empty or not there yet: --output FOLDER.",
            folder=folder,
            files=shortened(sorted(each.name for each in folder.iterdir())),
        )
    written = proof.get("files")
    known: dict[str, int] = written if isinstance(written, dict) else {}
    strange = {name for name, size in sizes(folder).items() if known.get(name) != size}
    if not strange:  # as large as it was written, and not what was
        proved = recorded(folder)
        strange = {
            name for name, each in sums_of(folder, files_of(folder)).items() if proved.get(name, each) != each
        }
    if strange:
        raise ConfigError(
            "{folder} holds an export, and what this command did not write, or not as it is: {files}. Move that away, "
            "or give another folder: --output FOLDER.",
            folder=folder,
            files=shortened(sorted(strange)),
        )


def check_page(file: Path) -> None:
    """Refuses a file that is none of our pages, before anything is computed.

    Raises:
        ConfigError: if it is one, or a folder or a link, or cannot be read or written.
    """
    with readable(file):
        if (
            file.is_symlink()
            or (file.exists() and not file.is_file())
            or not may_be_replaced(file, by=GENERATOR)
        ):
            raise ConfigError(
                "{file} is there and no page of this command: it is not touched. Give another name, or move it away.",
                file=file,
            )
        check_writable(file)


@contextmanager
def readable(place: Path) -> Iterator[None]:
    """Says of a place that may not be looked at that it is not touched.

    Raises:
        ConfigError: It may not.
    """
    try:
        yield
    except OSError as error:
        raise ConfigError(
            "{place} cannot be read ({why}), so nobody can say whether it may be replaced: it is not touched. Give "
            "another place with --output.",
            place=place,
            why=reason(error),
        ) from error


def check_writable(place: Path) -> None:
    """Refuses a place where nothing can be made: what is new is written beside it.

    Raises:
        ConfigError: What is above it is a file, or may not be written to.
    """
    there = next(each for each in place.absolute().parents if each.exists())
    if not there.is_dir():
        raise ConfigError(
            "{above} is a file: {place} cannot be put below it. Give another place with --output.",
            place=place,
            above=there,
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(
            "{above} may not be written to, and {place} goes there. Give another place with --output.",
            place=place,
            above=there,
        )


def shortened(names: list[str]) -> str | Message:
    """Returns names on one line, of many the first."""
    if len(names) <= SHOWN:
        return ", ".join(names)
    return Message(
        "{names} and {n} more",
        "{names} and {n} more",
        names=", ".join(names[:SHOWN]),
        n=len(names) - SHOWN,
    )


def read_proof(folder: Path) -> dict[str, Any] | None:
    """Returns what the proof in a folder says; None where there is none of ours."""
    try:
        content = json.loads((folder / PROOF).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(content, dict) and str(content.get("made_by", "")).startswith(MADE_BY)
    return content if ours else None


def sizes(folder: Path) -> dict[str, int]:
    """Returns the files of an export with their bytes, by their path within; the proof and bytecode are left out."""
    return {file.relative_to(folder).as_posix(): file.stat().st_size for file in files_of(folder)}


def files_of(folder: Path) -> Iterator[Path]:
    """Gives the files of an export, but its proof and bytecode."""
    for file in sorted(folder.rglob("*")):
        within = file.relative_to(folder)
        if file.is_file() and within != Path(PROOF) and BYTECODE not in within.parts:
            yield file


def made_by() -> str:
    """Returns what a proof says of who made it."""
    return f"{MADE_BY} {__version__}"
