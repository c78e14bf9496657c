"""--check: whether the files that answer are still those that were proved, by the sums in `proof.json`."""

import hashlib
import json
from pathlib import Path

from .said import Refused, quoted, tell


def check(folder: Path) -> int:
    """Returns how many files were looked at, which are all as they were proved.

    Raises:
        Refused: One is not, or the proof has no sums.
    """
    path = folder / "proof.json"
    try:
        sums = dict(json.loads(path.read_text(encoding="utf-8"))["sha256"])
        if not sums:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            tell("{path} is missing, damaged or of an older export: there is nothing to check by", path=path)
        ) from error
    changed = [name for name, was in sums.items() if not _is(folder / name, was)]
    if changed:
        raise Refused(
            tell(
                "{names}: missing, or changed after the export was proved: put the file of the export back",
                "{names}: missing, or changed after the export was proved: put the files of the export back",
                n=len(changed),
                names=quoted(changed),
            )
        )
    return len(sums)


def _is(file: Path, was: str) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == was
