"""What a file system has to be told about checkpoints: keep this folder, remove that one. Writes no file."""

import os
import shutil
from pathlib import Path

from callbacks.saving.patience import patiently


def sync_folder(folder: Path) -> None:
    """Forces to disk which files a folder has, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Removes a checkpoint; one that is a folder loses its name first, so that none with a part missing has it."""
    if path.is_dir():
        gone = path if path.suffix == ".part" else path.with_name(f".{path.name}.old.part")
        if gone != path:
            shutil.rmtree(gone, ignore_errors=True)
            patiently(lambda: path.replace(gone))
        patiently(lambda: shutil.rmtree(gone))
    else:
        patiently(lambda: path.unlink(missing_ok=True))
