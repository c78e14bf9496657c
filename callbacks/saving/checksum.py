"""The SHA-256 of files, kept in their folder, by which a torn or damaged one is recognised. Changes no other file."""

import hashlib
import os
from pathlib import Path

from callbacks.language.reasons import reason
from callbacks.language.say import Message
from callbacks.saving.patience import patiently

SUMS = "SHA256SUMS"
"""Name of the file in each folder, in the format of the tool `sha256sum`, which checks it too: `sha256sum -c`."""


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recorded(path: Path) -> list[str]:
    """Returns the sums of which a file must have one; none where they were never written."""
    return [each for each, name in _lines(path.parent) if name == path.name]


def record(sums: dict[Path, list[str]]) -> None:
    """Writes the sums of some files of one folder in one step; those of its other files stay, and none forgets a file.

    While a file is being replaced it has two, the old one's and the new one's: whenever the power fails, the file that
    is there has one of them.
    """
    folder = next(iter(sums)).parent
    names = {path.name for path in sums}
    lines = [(each, name) for each, name in _lines(folder) if name not in names]
    lines += [(each, path.name) for path, of_path in sums.items() for each in of_path]
    temporary = folder / f".{SUMS}.{os.getpid()}.part"
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.writelines(f"{each}  {name}\n" for each, name in sorted(lines, key=_by_name))
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave it empty beside whole checkpoints
        patiently(lambda: temporary.replace(folder / SUMS))
    finally:
        patiently(lambda: temporary.unlink(missing_ok=True))


def damage(path: Path) -> Message | None:
    """Returns what is wrong with a file; None where nothing is, or no sum says how it should be.

    A folder with a `SHA256SUMS` of its own is as whole as all the files that stand there.
    """
    if path.is_dir():
        return _damaged_part(path)
    if not path.is_file():
        return Message("it is not there")
    try:
        sums = recorded(path)
        damaged = bool(sums) and sha256(path) not in sums
    except OSError as error:
        return Message("it cannot be read: {why}", why=reason(error))
    if not damaged:
        return None
    return Message(
        "its SHA-256 is not the one in {sums}: it was cut short, or changed since it was written", sums=SUMS
    )


def _damaged_part(folder: Path) -> Message | None:
    names = sorted({name for _, name in _lines(folder)})
    if not names and not any(folder.iterdir()):
        return Message("it is an empty folder")
    found = ((name, damage(folder / name)) for name in names)
    return next(
        (Message("its part {name}: {wrong}", name=name, wrong=wrong) for name, wrong in found if wrong), None
    )


def _by_name(line: tuple[str, str]) -> str:
    return line[1]


def _lines(folder: Path) -> list[tuple[str, str]]:
    file = folder / SUMS
    if not file.is_file():
        return []
    found = [
        line.split(maxsplit=1) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    return [(line[0], line[1]) for line in found if len(line) == 2]
