"""Where an export goes: a new folder, or one of ours that is whole and may be replaced. Writes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune import __version__
from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.page.offline.marked import is_ours
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
        ConfigError: if it has, or is a file.
    """
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
        ConfigError: if it is one, or a folder or a link.
    """
    if file.is_symlink() or (file.exists() and not (file.is_file() and is_ours(file))):
        raise ConfigError(
            "{file} is there and no page of this command: it is not touched. Give another name, or move it away.",
            file=file,
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
