"""The sums of an export's files: whether those that answer are still the ones that were proved. Opens no network."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.lists import listed

PROOF = "proof.json"
SUMS = "sha256"
"""What the proof calls them: an export of before has none, and is taken as it is."""

MEASURED = "metrics"
"""What the proof calls the sum of what its run was measured by: of one that was trained on since it is another."""

FOR_PEOPLE = ("README.md", "requirements.txt")
"""Files by which nothing is answered, so that anybody may write into them."""


def sums_of(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Returns the SHA-256 of those files of a folder that answer, by their path within."""
    within = {file.relative_to(folder).as_posix(): file for file in files}
    return {name: sum_of(file) for name, file in within.items() if name not in FOR_PEOPLE}


def sum_of(file: Path) -> str:
    """Returns the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def refuse_changed(folder: Path) -> None:
    """Refuses an export of which a file is gone or another than the one that was proved.

    Raises:
        ConfigError: if one is.
    """
    changed = [name for name, was in recorded(folder).items() if not _is(folder / name, was)]
    if changed:
        raise ConfigError(
            "{folder}: {files} is missing or was changed after the export was proved. Put the file of the export back, "
            "or export the run anew. If you have changed it yourself, delete {proof}: nothing vouches for the answers "
            "then.",
            "{folder}: {files} are missing or were changed after the export was proved. Put the files of the export "
            "back, or export the run anew. If you have changed them yourself, delete {proof}: nothing vouches for the "
            "answers then.",
            n=len(changed),
            folder=folder,
            files=listed(changed),
            proof=folder / PROOF,
        )


def recorded(folder: Path) -> dict[str, str]:
    """Returns the sums that the proof in a folder has; none where there is no proof, or one of before.

    Raises:
        ConfigError: if it is damaged.
    """
    try:
        content: Any = json.loads((folder / PROOF).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(
            "{proof} is damaged, and whether the files beside it are those that were proved cannot be told. Put a copy "
            "of it back, or export the run anew. If you know the files, delete {proof}: nothing vouches for the "
            "answers then.",
            proof=folder / PROOF,
        ) from error
    sums = content.get(SUMS) if isinstance(content, dict) else None
    return {str(name): str(each) for name, each in sums.items()} if isinstance(sums, dict) else {}


def _is(file: Path, was: str) -> bool:
    return file.is_file() and sum_of(file) == was
