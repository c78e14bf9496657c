"""A file that cannot be answered: moved out of the way, with what is wrong in a text beside it."""

from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.commands.watch.names import named
from finetune.commands.watch.snapshot import Snapshot
from finetune.files.whole import write_text
from finetune.runtime.answering.cells import whole


def set_aside(snapshot: Snapshot, folder: Path, told: str) -> Path | None:
    """Moves a file, and writes its message beside it; returns where to, or None where it is another file by now.

    Args:
        snapshot: The file.
        folder: Where to; made where it is not there.
        told: What is wrong with it.

    Raises:
        OSError: It cannot be moved, and stays.
    """
    folder.mkdir(exist_ok=True)
    target = next(path for path in named(folder, snapshot.file) if _is_free(path))
    message = _message_of(target)
    write_text(message, f"{whole(told)}\n")
    if not snapshot.is_as_it_was:
        message.unlink(missing_ok=True)
        return None
    try:
        patiently(lambda: snapshot.file.rename(target))
    except OSError:
        message.unlink(missing_ok=True)
        raise
    return target


def _message_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.txt")


def _is_free(file: Path) -> bool:
    """Whether a file may have this name here, and its message the one beside: no table that was moved here has it."""
    message = _message_of(file)
    return not file.exists() and not (message.exists() and _message_of(message).exists())
